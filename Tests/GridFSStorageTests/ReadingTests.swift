import GridFSStorage
import PoseCore
import Testing

@Suite("Reading chunks")
struct ReadingTests {
  private static let chunk = 261_120

  @Test(
    "touches only those that a range needs",
    arguments: [
      (0..<12, 1), (261_119..<261_121, 2), (261_120..<522_240, 1), (1_000_000..<1_000_001, 1), (5..<5, 0),
      (100..<2_000_000, 8),
    ])
  func touched(range: Range<Int>, chunks: Int) async throws {
    try await GridFSFixture.with { fixture in
      _ = try await fixture.open()
      let bytes = sample(3_000_000)
      let id = try await fixture.put(bytes)
      try fixture.run(#"{"profile": 2}"#)
      #expect(try await fixture.bytes(id, range) == Array(bytes[range]))
      try fixture.run(#"{"profile": 0}"#)
      let pipeline = """
        [{"$match": {"ns": "\(fixture.database).images.chunks"}},
         {"$group": {"_id": null, "documents": {"$sum": "$docsExamined"}, "plans": {"$addToSet": "$planSummary"}}}]
        """
      let profile = try fixture.probe.aggregate(pipeline, "system.profile", database: fixture.database)
      #expect(profile.first?["documents"] as? Int ?? 0 == chunks)
      let plans = profile.first?["plans"] as? [String] ?? []
      #expect(plans.allSatisfy { $0.hasSuffix("SCAN { files_id: 1, n: 1 }") })
    }
  }

  @Test(
    "tells damage before the first byte",
    arguments: [
      // a chunk is missing: the first, one that comes late, the last
      (#"{"n": 0}"#, nil), (#"{"n": 7}"#, nil), (#"{"n": 11}"#, nil),
      // the first is short, long, empty, of another type
      (#"{"n": 0}"#, #"{"$binary": {"base64": "QUI=", "subType": "00"}}"#),
      (#"{"n": 0}"#, #"{"$binary": {"base64": "", "subType": "00"}}"#),
      (#"{"n": 0}"#, #""text""#),
    ] as [(String, String?)])
  func damage(chunk: String, data: String?) async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let id = try await fixture.put(sample(3_000_000))
      try change(chunk, data, fixture)
      let error = await #expect(throws: PoseVaultError.self) { _ = try await images.read(id, range: nil) }
      #expect(error?.code == .storageUnavailable)
      #expect(error?.message.contains("damaged") ?? false)
      // what is whole is still given
      #expect(try await fixture.bytes(id, 600_000..<600_010) == Array(sample(3_000_000)[600_000..<600_010]))
    }
  }

  @Test("never ends early where a later chunk is short")
  func shortLater() async throws {
    try await GridFSFixture.with { fixture in
      _ = try await fixture.open()
      let id = try await fixture.put(sample(3_000_000))
      try change(#"{"n": 9}"#, #"{"$binary": {"base64": "QUI=", "subType": "00"}}"#, fixture)
      let error = await #expect(throws: PoseVaultError.self) { try await fixture.bytes(id) }
      #expect(error?.message.contains("chunk 9 has 2 bytes instead of 261120") ?? false)
    }
  }

  @Test("refuses a chunk size that makes no sense", arguments: [#"0"#, #"-5"#, #""a""#])
  func chunkSize(size: String) async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let id = try await fixture.put([1, 2])
      try fixture.run(#"{"update": "images.files", "updates": [{"q": {}, "u": {"$set": {"chunkSize": \#(size)}}}]}"#)
      let error = await #expect(throws: PoseVaultError.self) { _ = try await images.read(id, range: nil) }
      #expect(error?.code == .storageUnavailable)
    }
  }

  private func change(_ chunk: String, _ data: String?, _ fixture: GridFSFixture) throws {
    if let data {
      try fixture.run(#"{"update": "images.chunks", "updates": [{"q": \#(chunk), "u": {"$set": {"data": \#(data)}}}]}"#)
    } else {
      try fixture.run(#"{"delete": "images.chunks", "deletes": [{"q": \#(chunk), "limit": 1}]}"#)
    }
  }
}
