import PoseCore

extension PoseRepositoryContract {
  static let filters: [Check] = [
    Check("filters by date, file name and correction, alone and together, in pages and counts") { fixture in
      let poses = try await fixture.openPoses()
      let names: [String?] = ["Run/IMG_1.jpg", "run/img%1.JPG", nil, #"a\b.png"#, "IMGX1.jpg", "Run/IMG_1.jpg", nil]
      // MySQL's timestamps begin with second 1
      let ids = try await poses.insert(
        names.enumerated().map { Sample.detailed($0, fileName: $1, at: max(1, Int64(100 * $0))) }
      ).map(\.id)
      let old = try await fixture.insertRow(imageID: "old", keypoints: "[]", createdAt: nil, updatedAt: nil)
      for index in [0, 2] {
        _ = try await poses.update(ids[index], keypoints: Sample.keypoints(50), at: 9) { _ in }
      }
      _ = try await poses.update(ids[4], keypoints: Sample.keypoints(50), at: 9) { _ in }
      _ = try await poses.revert(ids[4], at: 10, with: []) { _ in }

      let cases: [(PoseFilter, [Int])] = [
        (.all, ids + [old]),
        (PoseFilter(createdFrom: 200), Array(ids[2...])),
        (PoseFilter(createdBefore: 200), Array(ids[..<2])),
        (PoseFilter(createdFrom: 201, createdBefore: 400), [ids[3]]),
        (PoseFilter(createdFrom: 700), []),
        (PoseFilter(createdFrom: .min, createdBefore: .max), ids),
        (PoseFilter(fileName: .contains("img")), [ids[0], ids[1], ids[4], ids[5]]),
        (PoseFilter(fileName: .contains("G_1")), [ids[0], ids[5]]),
        (PoseFilter(fileName: .contains("g%1")), [ids[1]]),
        (PoseFilter(fileName: .contains(#"A\B"#)), [ids[3]]),
        (PoseFilter(fileName: .contains("'")), []),
        (PoseFilter(fileName: .contains("")), [ids[0], ids[1], ids[3], ids[4], ids[5]]),
        (PoseFilter(fileName: .equals("Run/IMG_1.jpg")), [ids[0], ids[5]]),
        (PoseFilter(fileName: .equals("run/IMG_1.jpg")), []),
        (PoseFilter(fileName: .equals("Run/IMG_1.jpg ")), []),
        (PoseFilter(isCorrected: true), [ids[0], ids[2]]),
        (PoseFilter(isCorrected: false), [ids[1], ids[3], ids[4], ids[5], ids[6], old]),
        (PoseFilter(createdFrom: 100, fileName: .contains("jpg"), isCorrected: false), [ids[1], ids[4], ids[5]]),
        (PoseFilter(createdBefore: 500, fileName: .equals("Run/IMG_1.jpg"), isCorrected: true), [ids[0]]),
      ]
      for (filter, expected) in cases { try await requireList(of: filter, expected, in: poses) }
    },

    Check("finds file names by words in any order, in either case of letters, however accents are written") { fixture in
      let poses = try await fixture.openPoses()
      let names = [
        "Müller Anna, linkes Knie.jpg", "Mu\u{308}ller Ben.JPG", "ÉCOLE*[1]?.png", "Иван Ω-ς.jpg", "Muller 2^3.jpg",
      ]
      let ids = try await poses.insert(names.map { Sample.detailed(1, fileName: $0, at: 100) }).map(\.id)
      let cases: [(NameSearch, [Int])] = [
        ("MÜLLER", [ids[0], ids[1]]),
        ("mu\u{308}ller", [ids[0], ids[1]]),
        ("muller", [ids[4]]),
        ("knie anna", [ids[0]]),
        ("jpg  ÜLL ", [ids[0], ids[1]]),
        ("anna ben", []),
        ("école", [ids[2]]),
        ("*", [ids[2]]),
        ("?", [ids[2]]),
        ("E*[1]", [ids[2]]),
        ("l*r", []),
        ("m[üu]ller", []),
        ("ИВАН", [ids[3]]),
        ("ω-ς", [ids[3]]),
        ("2^3 .", [ids[4]]),
        ("ü|u", []),
        (" ", ids),
      ]
      for (search, expected) in cases {
        try await requireList(of: PoseFilter(fileName: .contains(search)), expected, in: poses)
      }
    },

    Check("filters by picture, in either case of letters, alone and with others") { fixture in
      let poses = try await fixture.openPoses()
      let (group, other) = (ImageID.generate(at: 1), ImageID.generate(at: 2))
      let ids = try await poses.insert([
        Sample.pose(1, image: group, at: 100), Sample.pose(2, image: other, at: 100),
        Sample.pose(3, image: group, at: 200), Sample.pose(4, image: group, at: 300),
      ]).map(\.id)
      let capitals = try await fixture.insertRow(
        imageID: group.description.uppercased(), keypoints: "[]", createdAt: nil, updatedAt: nil)
      _ = try await poses.update(ids[2], keypoints: Sample.keypoints(50), at: 400) { _ in }
      let cases: [(PoseFilter, [Int])] = [
        (PoseFilter(imageID: group), [ids[0], ids[2], ids[3], capitals]),
        (PoseFilter(imageID: other), [ids[1]]),
        (PoseFilter(imageID: .generate(at: 1)), []),
        (PoseFilter(imageID: group, createdFrom: 200), [ids[2], ids[3]]),
        (PoseFilter(imageID: group, createdBefore: 300, isCorrected: true), [ids[2]]),
        (PoseFilter(imageID: group, fileName: .contains("a")), []),
      ]
      for (filter, expected) in cases { try await requireList(of: filter, expected, in: poses) }
    },
  ]

  /// - Parameter ascending: the ids that the filter lets through.
  private static func requireList(of filter: PoseFilter, _ ascending: [Int], in poses: any PoseRepository) async throws
  {
    let (what, expected) = ("\(filter)", Array(ascending.reversed()))
    try requireEqual(try await poses.list(.offset(0, limit: 100), of: filter, with: []).map(\.id), expected, what)
    try requireEqual(
      try await poses.list(.offset(1, limit: 2), of: filter, with: .details).map(\.id),
      Array(expected.dropFirst().prefix(2)), "\(what), by offset")
    let after = expected.first ?? .max
    try requireEqual(
      try await poses.list(.after(after, limit: 3), of: filter, with: []).map(\.id),
      Array(expected.dropFirst().prefix(3)), "\(what), after an id")
    try requireEqual(try await poses.count(of: filter), expected.count, "\(what), counted")
  }
}
