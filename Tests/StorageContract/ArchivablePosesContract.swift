import PoseCore

/// What every ``ArchivablePoses`` must do; its fixture opens nothing else.
public enum ArchivablePosesContract {
  public typealias Check = StorageCheck<any PoseRepositoryFixture>

  public static var checks: [Check] { snapshots + restores }

  private static let snapshots: [Check] = [
    Check("a snapshot holds the rows of its moment, whatever is written meanwhile") { fixture in
      let poses = try await fixture.openArchivable()
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
      let poses = try await fixture.openArchivable()
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
        let expected = PoseTotals(
          count: 23, sumOfIDs: rows.map(\.id).reduce(0, +), lastID: rows.last?.id,
          bytes: rows.map(\.textLength).reduce(0, +), sumOfChecksums: rows.map(\.checksum).reduce(0, +))
        try requireEqual(try await snapshot.totals(), expected, "totals")
      }
    },

    Check("the totals of nothing") { fixture in
      let poses = try await fixture.openArchivable()
      try await poses.withSnapshot { snapshot in
        try requireEqual(
          try await snapshot.totals(), PoseTotals(count: 0, sumOfIDs: 0, lastID: nil, bytes: 0, sumOfChecksums: 0),
          "totals")
        try requireEqual(try await snapshot.rows(after: nil, limit: 10), [], "rows")
      }
    },

    Check("a snapshot passes on its user's error, and a broken database is told") { fixture in
      let poses = try await fixture.openArchivable()
      _ = try await poses.insert(Sample.poses(3))
      try await requireError(.forbidden, "the user's error") {
        try await poses.withSnapshot { _ in throw PoseVaultError(.forbidden, "no") }
      }
      try await fixture.breakDown()
      try await requireError(.storageUnavailable, "snapshot") {
        try await poses.withSnapshot { snapshot in _ = try await snapshot.rows(after: nil, limit: 10) }
      }
    },
  ]

  private static let restores: [Check] = [
    Check("rows are restored with their ids and times, and new ids follow") { fixture in
      let poses = try await fixture.openArchivable()
      let rows = [
        PoseRecord(id: 3, imageID: "not an id", keypoints: Sample.keypoints(1), createdAt: nil, updatedAt: nil),
        PoseRecord(
          id: 70, imageID: "65F1A2B3C4D5E6F708192A3B", keypoints: Sample.keypoints(2), createdAt: 1_765_362_601,
          updatedAt: 1_765_362_700),
        PoseRecord(
          id: 71, imageID: "", keypoints: Sample.keypoints(3), createdAt: 5, updatedAt: nil, correctedAt: 6,
          details: PoseDetails(score: 0.9_735_481, pictureWidth: 640, pictureHeight: 425, fileName: "ü/🧘"),
          worldKeypoints: Sample.keypoints(4), detectedKeypoints: Sample.keypoints(5)),
      ]
      try await poses.restore(rows)
      try await poses.restore([])
      for row in rows {
        try requireEqual(
          try await poses.find(row.id, with: .all).map(ParsedPose.init), try ParsedPose(row), "row \(row.id)")
      }
      try requireEqual(try await poses.count(), 3, "count")
      try require(try await poses.insert([Sample.pose(4)])[0].id > 71, "a restored id is given again")
    },

    Check("rows of which one is there already are all refused") { fixture in
      let poses = try await fixture.openArchivable()
      let row = PoseRecord(id: 5, imageID: "a", keypoints: Sample.keypoints(1), createdAt: 1, updatedAt: 1)
      try await poses.restore([row])
      var (earlier, twin) = (row, row)
      (earlier.id, twin.imageID) = (4, "b")
      try await requireError(.internal, "restore") { try await poses.restore([earlier, twin]) }
      try requireEqual(try await poses.find(4), nil, "the row before it")
      try requireEqual(try await poses.find(5)?.imageID, "a", "the row itself")
    },
  ]
}

extension PoseRepositoryFixture {
  fileprivate func openArchivable() async throws -> any ArchivablePoses {
    guard let poses = try await openPoses() as? any ArchivablePoses else {
      throw ContractViolation("the repository can't be archived", #line, #fileID)
    }
    return poses
  }
}
