import PoseCore

extension PoseRepositoryContract {
  static let details: [Check] = [
    Check("what is known of a detection is kept, and read only where it is asked for") { fixture in
      let poses = try await fixture.openPoses()
      let new = Sample.detailed(1, fileName: "Ümläute/写真 100%_\\.jpg", at: 100)
      let inserted = try await poses.insert([Sample.pose(9), new, Sample.pose(8)])[1]
      let world = try ParsedKeypoint.all(new.worldKeypoints ?? [])
      var expected = try ParsedPose(inserted)
      try requireEqual(expected.details, new.details, "details returned")
      try requireEqual(expected.worldKeypoints, world, "world landmarks returned")
      for parts: PoseParts in [[], .details, .world, .detection, [.details, .world], [.details, .detection], .all] {
        expected.details = parts.contains(.details) ? new.details : PoseDetails()
        expected.worldKeypoints = parts.contains(.world) ? world : nil
        let what = "parts \(parts.rawValue)"
        try requireEqual(try await poses.find(inserted.id, with: parts).map(ParsedPose.init), expected, what)
        let listed = try await poses.list(.offset(1, limit: 1), of: .all, with: parts)
        try requireEqual(try listed.map(ParsedPose.init), [expected], "\(what), listed")
        let next = try await poses.list(.after(inserted.id + 1, limit: 1), of: .all, with: parts)
        try requireEqual(try next.map(ParsedPose.init), [expected], "\(what), listed by id")
      }
    },

    Check("every score reads back as the same single") { fixture in
      let poses = try await fixture.openPoses()
      let scores: [Float] = [0.5, 1, 0.1, 0.97354805, 0.50000006, 0.99999994]
      let rows = try await poses.insert(
        scores.map { score in
          var new = Sample.pose(1)
          new.details = PoseDetails(score: score)
          return new
        })
      for (row, score) in zip(rows, scores) {
        let details = try await poses.find(row.id, with: .details)?.details
        try requireEqual(details, PoseDetails(score: score), "details of \(score)")
      }
    },

    Check("of a file name too long its end is kept") { fixture in
      let poses = try await fixture.openPoses()
      let name = String(repeating: "ä😀", count: 1000) + ".jpg"
      let row = try await poses.insert([Sample.detailed(1, fileName: name)])[0]
      let kept = String(name.suffix(768))
      try requireEqual(try await poses.find(row.id, with: .details)?.details.fileName, kept, "file name")
      let found = try await poses.list(.offset(0, limit: 9), of: PoseFilter(fileName: .equals(kept)), with: [])
      try requireEqual(found.map(\.id), [row.id], "rows of that name")
    },
  ]

  static let corrections: [Check] = [
    Check("corrections keep the first detection, and a revert puts it back") { fixture in
      let poses = try await fixture.openPoses()
      let new = Sample.detailed(1, fileName: "a.jpg", at: 100)
      let inserted = try await poses.insert([new])[0]
      for round in 2...3 {
        var expected = try ParsedPose(inserted)
        expected.detectedKeypoints = expected.keypoints
        expected.keypoints = try ParsedKeypoint.all(Sample.keypoints(round))
        (expected.updatedAt, expected.correctedAt) = (Int64(100 * round), Int64(100 * round))
        let updated = try await poses.update(
          inserted.id, keypoints: Sample.keypoints(round), at: expected.updatedAt ?? 0, with: .all
        ) { _ in }
        try requireEqual(try updated.map(ParsedPose.init), expected, "row returned by correction \(round)")
        let found = try await poses.find(inserted.id, with: .all)
        try requireEqual(try found.map(ParsedPose.init), expected, "row after correction \(round)")
      }
      var expected = try ParsedPose(inserted)
      expected.updatedAt = 400
      let reverted = try await poses.revert(inserted.id, at: 400, with: .all) { _ in }
      try requireEqual(try reverted.map(ParsedPose.init), expected, "row returned by the revert")
      let found = try await poses.find(inserted.id, with: .all)
      try requireEqual(try found.map(ParsedPose.init), expected, "row after the revert")
      let again = try await poses.revert(inserted.id, at: 500, with: .all) { _ in }
      try requireEqual(try again.map(ParsedPose.init), expected, "row after another revert")
    },

    Check("rows of an older program can be corrected and reverted") { fixture in
      let poses = try await fixture.openPoses()
      let keypoints = #"[{"x":0.25,"y":-1,"z":0,"visibility":0.5,"name":"nose"}]"#
      let parsed = try ParsedKeypoint.all(Array(keypoints.utf8))
      let id = try await fixture.insertRow(imageID: "old", keypoints: keypoints, createdAt: nil, updatedAt: nil)
      let reverted = try await poses.revert(id, at: 5, with: .all) { _ in }
      try require(reverted?.updatedAt == nil, "a revert without a correction set a time")
      let updated = try await poses.update(id, keypoints: Sample.keypoints(1), at: 7, with: .detection) { _ in }
      try requireEqual(try updated?.detectedKeypoints.map(ParsedKeypoint.all), parsed, "detection kept")
      try requireEqual(updated?.correctedAt, 7, "time of the correction")
      let restored = try await poses.revert(id, at: 8, with: .all) { _ in }
      try requireEqual(try restored.map { try ParsedKeypoint.all($0.keypoints) }, parsed, "keypoints put back")
      try require(restored?.correctedAt == nil && restored?.updatedAt == 8, "times after the revert")
    },

    Check("a revert asks its condition of the stored row, and leaves others alone") { fixture in
      let poses = try await fixture.openPoses()
      let rows = try await poses.insert(Sample.poses(2))
      for row in rows { _ = try await poses.update(row.id, keypoints: Sample.keypoints(9), at: 7) { _ in } }
      let corrected = try await poses.find(rows[0].id, with: .all)
      try await requireError(.preconditionFailed, "revert") {
        _ = try await poses.revert(rows[0].id, at: 8, with: []) { row in
          try requireEqual(row.correctedAt, 7, "time of the correction seen")
          throw PoseVaultError(.preconditionFailed, "no")
        }
      }
      try requireEqual(try await poses.find(rows[0].id, with: .all), corrected, "row after the refusal")
      _ = try await poses.revert(rows[1].id, at: 8, with: []) { _ in }
      try requireEqual(try await poses.find(rows[0].id, with: .all), corrected, "the other row")
      try requireEqual(try await poses.revert(rows[1].id + 1, at: 8, with: []) { _ in }, nil, "revert of none")
    },
  ]
}
