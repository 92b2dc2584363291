import PoseCore

extension PoseRepositoryContract {
  static let storing: [Check] = [
    Check("a pose is found as it was inserted") { fixture in
      let poses = try await fixture.openPoses()
      let new = Sample.pose(1, at: 1_765_362_601)
      let inserted = try await poses.insert([new])
      try requireEqual(inserted.count, 1, "rows inserted")
      let found = try await poses.find(inserted[0].id)
      guard let found else { throw ContractViolation("the row is not found", #line, #fileID) }
      try requireEqual(try ParsedPose(found), try ParsedPose(inserted[0]), "the row found")
      try requireEqual(found.imageID, new.imageID.description, "image id")
      try requireEqual(try ParsedKeypoint.all(found.keypoints), try ParsedKeypoint.all(new.keypoints), "keypoints")
      try requireEqual(found.createdAt, 1_765_362_601, "creation time")
      try requireEqual(found.updatedAt, 1_765_362_601, "update time")
    },

    Check("what is not there is nil") { fixture in
      let poses = try await fixture.openPoses()
      for id in [-1, 0, 1, 4_294_967_296, .max] {
        try requireEqual(try await poses.find(id), nil, "row \(id)")
        try requireEqual(
          try await poses.update(id, keypoints: Sample.keypoints(1), at: 1) { _ in }, nil, "update \(id)")
        try requireEqual(try await poses.delete(id) { _ in }, nil, "delete \(id)")
      }
      try requireEqual(try await poses.insert([]).count, 0, "rows inserted from nothing")
    },

    Check("poses inserted together keep their order and get ascending ids") { fixture in
      let poses = try await fixture.openPoses()
      let new = Sample.poses(50)
      let inserted = try await poses.insert(new)
      try requireEqual(inserted.map(\.imageID), new.map(\.imageID.description), "image ids in order")
      try require(zip(inserted, inserted.dropFirst()).allSatisfy { $0.id < $1.id }, "ids do not ascend")
      for (pose, record) in zip(new, inserted) {
        let found = try await poses.find(record.id)
        try requireEqual(
          try found.map { try ParsedKeypoint.all($0.keypoints) }, try ParsedKeypoint.all(pose.keypoints), "keypoints")
      }
    },

    Check("ids go on after a delete and a restart, and are never used twice") { fixture in
      var poses = try await fixture.openPoses()
      let first = try await poses.insert(Sample.poses(3)).map(\.id)
      for id in first { _ = try await poses.delete(id) { _ in } }
      let second = try await poses.insert([Sample.pose(4)]).map(\.id)
      try require(second[0] > first[2], "id \(second[0]) after \(first) were deleted")
      _ = try await poses.delete(second[0]) { _ in }
      poses = try await fixture.openPoses()
      let third = try await poses.insert([Sample.pose(5)]).map(\.id)
      try require(third[0] > second[0], "id \(third[0]) after a restart, but \(second[0]) was used")
    },

    Check("rows and the dataset id are the same after a restart") { fixture in
      var poses = try await fixture.openPoses()
      let dataset = try await poses.datasetID()
      try require(dataset.utf8.count >= 24, "the dataset id '\(dataset)' is too short to be random")
      let inserted = try await poses.insert(Sample.poses(3))
      poses = try await fixture.openPoses()
      try requireEqual(try await poses.datasetID(), dataset, "dataset id")
      for record in inserted {
        try requireEqual(
          try await poses.find(record.id).map(ParsedPose.init), try ParsedPose(record), "row \(record.id)")
      }
      try await poses.ping()
    },

    Check("own writes count at once") { fixture in
      let poses = try await fixture.openPoses()
      try requireEqual(try await poses.count(), 0, "count of none")
      var ids: [Int] = []
      for number in 1...5 {
        ids += try await poses.insert([Sample.pose(number)]).map(\.id)
        try requireEqual(try await poses.count(), number, "count after insert")
      }
      ids += try await poses.insert(Sample.poses(10)).map(\.id)
      try requireEqual(try await poses.count(), 15, "count after ten more")
      for (index, id) in ids.enumerated() {
        _ = try await poses.delete(id) { _ in }
        try requireEqual(try await poses.count(), 14 - index, "count after delete")
      }
    },

    Check("two hundred callers at once disturb one another in nothing") { fixture in
      let poses = try await fixture.openPoses()
      let kept = try await withThrowingTaskGroup(of: PoseRecord?.self) { group in
        for number in 0..<200 {
          group.addTask {
            let record = try await poses.insert([Sample.pose(number)])[0]
            _ = try await poses.list(.offset(0, limit: 5))
            try requireEqual(try await poses.find(record.id)?.imageID, record.imageID, "own row")
            switch number % 3 {
            case 0:
              try requireEqual(
                try await poses.delete(record.id) { _ in },
                DeletedPose(imageID: record.imageID, imageIsShared: false), "own delete")
              return nil
            case 1: return try await poses.update(record.id, keypoints: Sample.keypoints(1000 + number), at: 5) { _ in }
            default: return record
            }
          }
        }
        return try await group.reduce(into: [PoseRecord]()) { kept, record in
          if let record { kept.append(record) }
        }
      }
      let expected = try kept.sorted { $0.id > $1.id }.map(ParsedPose.init)
      try requireEqual(expected.count, 133, "rows kept")
      try requireEqual(
        try await poses.list(.offset(0, limit: 1000)).map(ParsedPose.init), expected, "rows at the end")
      try requireEqual(try await poses.count(), 133, "count at the end")
    },
  ]
}
