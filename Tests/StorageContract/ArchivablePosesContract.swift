import PoseCore

/// What every ``ArchivablePoses`` must do; its fixture opens nothing else.
public enum ArchivablePosesContract {
  public typealias Check = StorageCheck<any PoseRepositoryFixture>

  public static var checks: [Check] { snapshots + restores + ids }

  private static let snapshots: [Check] = [
    Check("a snapshot holds the rows of its moment, whatever is written meanwhile") { fixture in
      let poses = try await fixture.openPoses()
      let stored = try await poses.insert(Sample.poses(7))
      let doomed = try await poses.insert([Sample.pose(8)])[0]
      try await poses.withSnapshot { snapshot in
        let before = try await snapshot.rows(after: nil, limit: 3)
        _ = try await poses.delete(doomed.id) { _ in }
        _ = try await poses.update(stored[5].id, keypoints: Sample.keypoints(99), at: 9) { _ in }
        _ = try await poses.insert(Sample.poses(3))
        let after = try await snapshot.rows(after: before.last?.id, limit: 100)
        try requireEqual(
          try (before + after).map(ParsedPose.init), try (stored + [doomed]).map(ParsedPose.init), "rows")
        try requireEqual(try await snapshot.totals().count, 8, "count")
      }
      try await poses.withSnapshot { snapshot in
        try requireEqual(try await snapshot.totals().count, 10, "count of the next snapshot")
      }
    },

    Check("rows come by ascending id, in pages, and the totals are theirs") { fixture in
      let poses = try await fixture.openPoses()
      let inserted = try await poses.insert(Sample.poses(20) + (0..<3).map { Sample.detailed($0, fileName: "ü/\($0)") })
      _ = try await poses.update(inserted[21].id, keypoints: Sample.keypoints(50), at: 7) { _ in }
      _ = try await poses.delete(inserted[4].id) { _ in }
      _ = try await fixture.insertRow(
        imageID: "übung", keypoints: #"[{"x":0.12345678901234567,"name":"ñ \" \\ 🧘"}]"#, createdAt: nil, updatedAt: 5)
      try await poses.withSnapshot { snapshot in
        var rows: [PoseRecord] = []
        while true {
          let page = try await snapshot.rows(after: rows.last?.id, limit: 5)
          try require(page.count <= 5, "a page of \(page.count)")
          if page.isEmpty { break }
          rows += page
        }
        try requireEqual(rows.count, 23, "rows")
        try require(zip(rows, rows.dropFirst()).allSatisfy { $0.id < $1.id }, "ids do not ascend")
        try requireEqual(rows[20].worldKeypoints?.isEmpty, false, "keypoints in metres, read in a snapshot")
        try requireEqual(try await snapshot.totals(), PoseTotals(of: rows), "totals")
      }
    },

    Check("the totals of nothing") { fixture in
      let poses = try await fixture.openPoses()
      try await poses.withSnapshot { snapshot in
        try requireEqual(
          try await snapshot.totals(), PoseTotals(count: 0, sumOfIDs: 0, lastID: nil, bytes: 0, sumOfChecksums: 0),
          "totals")
        try requireEqual(try await snapshot.rows(after: nil, limit: 10), [], "rows")
      }
    },

    Check("a snapshot passes on its user's error, and a broken database is told") { fixture in
      let poses = try await fixture.openPoses()
      _ = try await poses.insert(Sample.poses(3))
      try await requireError(.forbidden, "the user's error") {
        try await poses.withSnapshot { _ in throw PoseVaultError(.forbidden, "no") }
      }
      try await fixture.breakDown()
      try await requireError(.storageUnavailable, "snapshot") {
        try await poses.withSnapshot { snapshot in _ = try await snapshot.rows(after: nil, limit: 10) }
      }
    },

    Check("the rows and totals of a snapshot agree while others write without pause") { fixture in
      let poses = try await fixture.openPoses()
      let ids = try await poses.insert(Sample.poses(60)).map(\.id)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (number, id) in ids.prefix(30).enumerated() {
          group.addTask {
            _ = try await poses.update(id, keypoints: Sample.keypoints(number + 100), at: 9) { _ in }
            _ = try await poses.insert([Sample.pose(number + 200)])
            _ = try await poses.delete(ids[number + 30]) { _ in }
          }
        }
        for _ in 0..<4 {
          group.addTask {
            try await poses.withSnapshot { snapshot in
              let totals = try await snapshot.totals()
              var rows: [PoseRecord] = []
              while case let page = try await snapshot.rows(after: rows.last?.id, limit: 7), !page.isEmpty {
                rows += page
              }
              try requireEqual(totals, PoseTotals(of: rows), "totals")
            }
          }
        }
        try await group.waitForAll()
      }
    },

    Check("tables and columns of others are named, our own are not") { fixture in
      let poses = try await fixture.openPoses()
      try requireEqual(try await poses.notIncluded(), [], "of our own")
      for statement in [
        "CREATE TABLE notes (a INT)", "CREATE TABLE posevaults (a INT)", "CREATE TABLE posevault_x (a INT)",
        "ALTER TABLE poses ADD COLUMN label TEXT",
      ] { try await fixture.execute(statement) }
      try requireEqual(try await poses.notIncluded(), ["notes", "posevaults", "poses.label"], "of others")
    },
  ]
}

extension PoseTotals {
  /// What `rows`, all there are, add up to.
  init(of rows: [PoseRecord]) {
    self.init(
      count: rows.count, sumOfIDs: rows.map(\.id).reduce(0, +), lastID: rows.map(\.id).max(),
      bytes: rows.map(\.textLength).reduce(0, +), sumOfChecksums: rows.map(\.checksum).reduce(0, +))
  }
}
