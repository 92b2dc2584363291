import PoseCore

extension PoseRepositoryContract {
  static let sharedImages: [Check] = [
    Check("a delete says whether other poses share the picture") { fixture in
      let poses = try await fixture.openPoses()
      let (shared, alone) = (ImageID.generate(at: 1), ImageID.generate(at: 2))
      let ids = try await poses.insert([
        Sample.pose(1, image: shared), Sample.pose(2, image: alone), Sample.pose(3, image: shared),
      ]).map(\.id)
      try requireEqual(
        try await poses.delete(ids[0]) { _ in }, DeletedPose(imageID: shared.description, imageIsShared: true),
        "first of two")
      try requireEqual(
        try await poses.delete(ids[1]) { _ in }, DeletedPose(imageID: alone.description, imageIsShared: false), "alone")
      try requireEqual(
        try await poses.delete(ids[2]) { _ in }, DeletedPose(imageID: shared.description, imageIsShared: false),
        "last of two")
      try requireEqual(try await poses.delete(ids[2]) { _ in }, nil, "again")
    },

    Check("of two poses that share a picture and go at once, exactly one is the last") { fixture in
      let poses = try await fixture.openPoses()
      for round in 0..<20 {
        let image = ImageID.generate(at: 1)
        let ids = try await poses.insert([Sample.pose(1, image: image), Sample.pose(2, image: image)]).map(\.id)
        async let first = poses.delete(ids[0]) { _ in }
        async let second = poses.delete(ids[1]) { _ in }
        let shared = try await [first, second].map { $0?.imageIsShared }
        try require(shared == [true, false] || shared == [false, true], "round \(round): shared \(shared)")
      }
    },

    Check("referenced pictures are told from others") { fixture in
      let poses = try await fixture.openPoses()
      try requireEqual(try await poses.referenced(among: []), [], "among none")
      let others = (0..<1200).map { ImageID.generate(at: $0) }
      let new = Sample.poses(3)
      _ = try await poses.insert(new + [new[0]])
      let named = Set(new.map(\.imageID))
      try requireEqual(try await poses.referenced(among: others), [], "among others")
      try requireEqual(
        try await poses.referenced(among: others[..<600] + new.map(\.imageID) + others[600...]), named, "among many")
    },
  ]

  static let adoptedRows: [Check] = [
    Check("rows without times, with odd image ids or long numbers are read without an error") { fixture in
      let poses = try await fixture.openPoses()
      let keypoints = #"[{"x":0.12345678901234567,"y":-1e-7,"z":0,"visibility":0.5,"name":"nose"}]"#
      let parsed = try ParsedKeypoint.all(Array(keypoints.utf8))
      let names = ["not an id", "", "65F1A2B3C4D5E6F708192A3B", "65f1a2b3c4d5e6f708192a3c", "übung/../x"]
      var ids: [Int] = []
      for name in names {
        ids.append(try await fixture.insertRow(imageID: name, keypoints: keypoints, createdAt: nil, updatedAt: nil))
      }
      let listed = try await poses.list(.offset(0, limit: 10))
      try requireEqual(listed.map(\.id), ids.reversed(), "ids listed")
      try requireEqual(listed.map(\.imageID), names.reversed(), "image ids listed")
      for record in listed {
        try require(record.createdAt == nil && record.updatedAt == nil, "times of \(record.imageID)")
        try requireEqual(try await poses.find(record.id, with: .all), record, "row \(record.id) with nothing more")
        try requireEqual(try ParsedKeypoint.all(record.keypoints), parsed, "keypoints of \(record.imageID)")
        try requireEqual(try await poses.find(record.id), record, "row \(record.id)")
      }
      let updated = try await poses.update(ids[0], keypoints: Sample.keypoints(1), at: 7) { _ in }
      try require(updated?.createdAt == nil && updated?.updatedAt == 7, "times after an update")
      try requireEqual(
        try await poses.delete(ids[1]) { _ in }, DeletedPose(imageID: "", imageIsShared: false), "delete")
    },

    Check("image ids are the same in either case of letters") { fixture in
      let poses = try await fixture.openPoses()
      let mixed = "65F1a2B3c4D5e6F708192A3b"
      guard let image = ImageID(mixed) else { return }
      let capitals = try await fixture.insertRow(
        imageID: mixed.uppercased(), keypoints: "[]", createdAt: 1, updatedAt: 1)
      try requireEqual(try await poses.referenced(among: [image]), [image], "named in capitals")
      let ours = try await poses.insert([Sample.pose(1, image: image)])[0].id
      try requireEqual(
        try await poses.delete(capitals) { _ in }, DeletedPose(imageID: mixed.uppercased(), imageIsShared: true),
        "delete in capitals")
      let other = try await fixture.insertRow(imageID: mixed, keypoints: "[]", createdAt: 1, updatedAt: 1)
      try requireEqual(
        try await poses.delete(ours) { _ in }, DeletedPose(imageID: mixed.lowercased(), imageIsShared: true),
        "delete in lower case")
      try requireEqual(try await poses.referenced(among: [image]), [image], "named in mixed case")
      _ = try await poses.delete(other) { _ in }
      try requireEqual(try await poses.referenced(among: [image]), [], "named no more")
    },
  ]

  static let faults: [Check] = [
    Check("a broken database is told from a row that is not there") { fixture in
      let poses = try await fixture.openPoses()
      let id = try await poses.insert(Sample.poses(3))[0].id
      try await fixture.breakDown()
      try await requireError(.storageUnavailable, "find") { _ = try await poses.find(id) }
      try await requireError(.storageUnavailable, "find of none") { _ = try await poses.find(999) }
      try await requireError(.storageUnavailable, "list") { _ = try await poses.list(.offset(0, limit: 10)) }
      try await requireError(.storageUnavailable, "count") { _ = try await poses.count() }
      try await requireError(.storageUnavailable, "referenced") {
        _ = try await poses.referenced(among: [ImageID.generate(at: 1)])
      }
      try await requireError(.storageUnavailable, "dataset id") { _ = try await poses.datasetID() }
      try await requireError(.storageUnavailable, "ping") { try await poses.ping() }
      try await requireError(.storageUnavailable, "insert") { _ = try await poses.insert([Sample.pose(9)]) }
      try await requireError(.storageUnavailable, "update") {
        _ = try await poses.update(id, keypoints: Sample.keypoints(9), at: 1) { _ in }
      }
      try await requireError(.storageUnavailable, "revert") {
        _ = try await poses.revert(id, at: 1, with: []) { _ in }
      }
      try await requireError(.storageUnavailable, "delete") { _ = try await poses.delete(id) { _ in } }
    }
  ]
}
