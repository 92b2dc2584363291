import PoseCore

extension PoseRepositoryContract {
  static let paging: [Check] = [
    Check("pages by offset hold descending ids and end where the rows end") { fixture in
      let poses = try await fixture.openPoses()
      let ids = try await poses.insert(Sample.poses(25)).map(\.id).reversed() as [Int]
      for (offset, limit) in [(0, 10), (10, 10), (20, 10), (24, 1), (25, 10), (3, 1000), (0, 1), (1_000_000, 10)] {
        try requireEqual(
          try await poses.list(.offset(offset, limit: limit)).map(\.id), Array(ids.dropFirst(offset).prefix(limit)),
          "page at \(offset) of \(limit)")
      }
      try requireEqual(try await poses.list(.offset(.max, limit: 1000)).count, 0, "page at the largest offset")
    },

    Check("pages after an id hold smaller ids and end where the rows end") { fixture in
      let poses = try await fixture.openPoses()
      let ids = try await poses.insert(Sample.poses(25)).map(\.id).reversed() as [Int]
      var seen: [Int] = []
      var page = try await poses.list(.after(.max, limit: 10)).map(\.id)
      while let last = page.last, seen.count < 25 {
        seen += page
        page = try await poses.list(.after(last, limit: 10)).map(\.id)
      }
      try requireEqual(seen, ids, "all pages together")
      try requireEqual(page, [], "page after all of them")
      try requireEqual(try await poses.list(.after(ids[24], limit: 10)).count, 0, "page after the last id")
      try requireEqual(try await poses.list(.after(0, limit: 10)).count, 0, "page after 0")
      try requireEqual(try await poses.list(.after(.min, limit: 10)).count, 0, "page after the smallest number")
    },

    Check("pages skip deleted rows and hold whole ones") { fixture in
      let poses = try await fixture.openPoses()
      let records = try await poses.insert(Sample.poses(20))
      for record in records where record.id % 2 == 0 { _ = try await poses.delete(record.id) { _ in } }
      let expected = try records.reversed().filter { $0.id % 2 != 0 }.map(ParsedPose.init)
      try requireEqual(
        try await poses.list(.offset(2, limit: 5)).map(ParsedPose.init), Array(expected[2..<7]), "page by offset")
      try requireEqual(
        try await poses.list(.after(expected[1].id, limit: 5)).map(ParsedPose.init), Array(expected[2..<7]),
        "page by id")
    },
  ]
}
