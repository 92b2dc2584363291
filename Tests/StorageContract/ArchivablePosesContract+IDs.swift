import PoseCore

extension ArchivablePosesContract {
  static let ids: [Check] = [
    Check("the next id follows the greatest that was ever given, also when its row is gone") { fixture in
      let poses = try await fixture.openPoses()
      try requireEqual(try await poses.nextID(), 1, "of an empty table")
      let last = try await poses.insert(Sample.poses(3))[2].id
      try requireEqual(try await poses.nextID(), last + 1, "after rows")
      _ = try await poses.delete(last) { _ in }
      try requireEqual(try await poses.nextID(), last + 1, "after the last row is gone")
      let reopened = try await fixture.openPoses()
      try requireEqual(try await reopened.nextID(), last + 1, "after a restart")
    },

    Check("ids go on where they are told to, and never go back") { fixture in
      var poses: any ArchivablePoses = try await fixture.openPoses()
      try await poses.continueIDs(at: 1)
      try await poses.restore([
        PoseRecord(id: 3, imageID: "a", keypoints: Sample.keypoints(1), createdAt: nil, updatedAt: nil)
      ])
      for (next, expected) in [(4, 4), (50, 50), (50, 50), (7, 50)] {
        try await poses.continueIDs(at: next)
        try requireEqual(try await poses.nextID(), expected, "told to go on at \(next)")
      }
      try requireEqual(try await poses.count(), 1, "count")
      poses = try await fixture.openPoses()
      try requireEqual(try await poses.insert([Sample.pose(1)])[0].id, 50, "the next row's id")
      try requireEqual(try await poses.find(3)?.id, 3, "the row that was there")
    },

    Check("ids of 64 bits are restored, read and added up as others are") { fixture in
      let poses = try await fixture.openPoses()
      let ids = [-5, 7, 1 << 31, 1 << 40, 1 << 62, 3 << 61, .max - 1]
      try await poses.restore(
        ids.map { PoseRecord(id: $0, imageID: "a", keypoints: Sample.keypoints(1), createdAt: nil, updatedAt: nil) })
      try requireEqual(try await poses.nextID(), .max, "the next id")
      try await poses.continueIDs(at: .max)
      try await poses.withSnapshot { snapshot in
        try requireEqual(try await snapshot.rows(after: nil, limit: 10).map(\.id), ids, "ids")
        try requireEqual(
          try await snapshot.rows(after: 1 << 40, limit: 10).map(\.id), Array(ids.suffix(3)), "ids behind one")
        let totals = try await snapshot.totals()
        try requireEqual(totals.sumOfIDs, ids.reduce(0, &+), "the sum, modulo 2^64")
        try requireEqual(totals.lastID, .max - 1, "the last id")
      }
      try requireEqual(try await poses.find(1 << 62)?.id, 1 << 62, "a row")
    },

    Check("the dataset id is taken over") { fixture in
      let poses = try await fixture.openPoses()
      try await poses.adopt(datasetID: "0123456789abcdef0123456789abcdef")
      let reopened = try await fixture.openPoses()
      try requireEqual(try await reopened.datasetID(), "0123456789abcdef0123456789abcdef", "dataset id")
    },

    Check("a table without rows goes on where it is told to") { fixture in
      let poses = try await fixture.openPoses()
      try await poses.continueIDs(at: 2_000_000_000)
      try requireEqual(try await poses.insert([Sample.pose(1)])[0].id, 2_000_000_000, "the first row's id")
    },

    Check("ids above 2³¹ go through everything") { fixture in
      let poses = try await fixture.openPoses()
      let first = 3_000_000_000
      try await poses.continueIDs(at: first)
      let ids = try await poses.insert(Sample.poses(2)).map(\.id)
      try requireEqual(ids, [first, first + 1], "ids given")
      try requireEqual(try await poses.list(.after(first + 1, limit: 5)).map(\.id), [first], "listed after")
      try requireEqual(try await poses.list(.offset(0, limit: 5)).map(\.id), [first + 1, first], "listed")
      let updated = try await poses.update(first, keypoints: Sample.keypoints(9), at: 9, with: []) { _ in }
      try requireEqual(updated?.id, first, "updated")
      let rows = try await poses.withSnapshot { snapshot in
        try requireEqual(try await snapshot.totals().sumOfIDs, 2 * first + 1, "sum of ids")
        try requireEqual(try await snapshot.nextID(), first + 2, "next id")
        return try await snapshot.rows(after: nil, limit: 10)
      }
      try requireEqual(
        try await poses.withSnapshot { try await $0.rows(after: first, limit: 10) }.map(\.id), [first + 1], "rows")
      for id in ids { try require(try await poses.delete(id) { _ in } != nil, "deleted") }
      try requireEqual(try await poses.find(first)?.id, nil, "found after it was deleted")
      try await poses.restore(rows)
      try requireEqual(try await poses.find(first, with: .all)?.id, first, "restored")
      let reopened = try await fixture.openPoses()
      try requireEqual(try await reopened.insert([Sample.pose(1)])[0].id, first + 2, "given after a restart")
    },
  ]
}

extension ArchivablePoses {
  fileprivate func nextID() async throws -> Int { try await withSnapshot { try await $0.nextID() } }
}
