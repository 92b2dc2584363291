import PoseCore

extension ArchivablePosesContract {
  static let restores: [Check] = [
    Check("rows are restored with their ids and times, and new ids follow") { fixture in
      let poses = try await fixture.openPoses()
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
      let poses = try await fixture.openPoses()
      let row = PoseRecord(id: 5, imageID: "a", keypoints: Sample.keypoints(1), createdAt: 1, updatedAt: 1)
      try await poses.restore([row])
      var (earlier, twin) = (row, row)
      (earlier.id, twin.imageID) = (4, "b")
      try await requireError(.internal, "restore") { try await poses.restore([earlier, twin]) }
      try requireEqual(try await poses.find(4), nil, "the row before it")
      try requireEqual(try await poses.find(5)?.imageID, "a", "the row itself")
    },

    Check("rows of other programs come back as they are, whatever their texts and their length") { fixture in
      let poses = try await fixture.openPoses()
      let odd = #"[{"x":1,"y":-2.5,"z":1e-7,"visibility":0,"name":"a\\b\"c'd\n\tü🧘 % _ -- /* ; ?"}]"#
      let long =
        "[" + (1...15_000).map { #"{"x":\#($0),"y":0,"z":0,"visibility":1,"name":"nose"}"# }.joined(separator: ",")
        + "]"
      let rows = [
        PoseRecord(
          id: 0, imageID: "o'hara \\ \"x\" \u{0} \n \r \u{1A} \t % _ -- /* ; ?", keypoints: Array(odd.utf8),
          createdAt: 1, updatedAt: 2_147_483_647),
        PoseRecord(
          id: 9, imageID: "ü🧘 ", keypoints: Array(long.utf8), createdAt: nil, updatedAt: 3,
          details: PoseDetails(score: 1e-7, pictureWidth: 0, pictureHeight: -5, fileName: "")),
        PoseRecord(
          id: 2_000_000_000, imageID: "b", keypoints: Array("[]".utf8), createdAt: 4, updatedAt: nil,
          worldKeypoints: Array("[]".utf8), detectedKeypoints: Array(odd.utf8)),
      ]
      try await poses.restore(rows)
      try await poses.withSnapshot { snapshot in
        let read = try await snapshot.rows(after: nil, limit: 10)
        try requireEqual(try read.map(ParsedPose.init), try rows.map(ParsedPose.init), "rows")
        try requireEqual(try await snapshot.totals(), PoseTotals(of: read), "totals")
      }
    },

    Check("many rows at once") { fixture in
      let poses = try await fixture.openPoses()
      let rows = (1...450).map { number in
        PoseRecord(
          id: number * 3, imageID: "\(number)", keypoints: Sample.keypoints(number), createdAt: Int64(number),
          updatedAt: Int64(number), worldKeypoints: Sample.keypoints(number + 1000))
      }
      try await poses.restore(rows)
      try await poses.withSnapshot { snapshot in
        let read = try await snapshot.rows(after: nil, limit: 1000)
        try requireEqual(try read.map(ParsedPose.init), try rows.map(ParsedPose.init), "rows")
      }
    },
  ]
}
