import Foundation
import GridFSStorage
import PoseCore
import TestServers
import Testing

@Suite("Adopted documents that nobody should write")
struct OddDocumentTests {
  /// In extended JSON.
  private static let numbers = [
    "0", "1", "-1", "5", "1.5", "-0.0", "101", "16777216", "16777217", "2147483647", "2147483648", "-2147483648",
    "1000000000000", #"{"$numberLong": "9223372036854775807"}"#, #"{"$numberLong": "-9223372036854775808"}"#,
    "1e300", #"{"$numberDouble": "NaN"}"#, #"{"$numberDouble": "Infinity"}"#, #"{"$numberDouble": "-Infinity"}"#,
    #"{"$numberDecimal": "5"}"#, #""5""#, "null", "true", "[5]", #"{"a": 5}"#,
  ]

  @Test("never crash: they are whole pictures, damaged, or none", arguments: numbers)
  func sizes(length: String) async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      var ids: [ImageID] = []
      for chunkSize in Self.numbers {
        let id = ImageID.generate(at: 1)
        ids.append(id)
        try insert(id, #""length": \#(length), "chunkSize": \#(chunkSize), "contentType": "image/jpeg""#, fixture)
      }
      let last = try await fixture.put([1])
      let listed = try await images.list(after: nil, limit: 100)
      #expect(listed.last?.id == last)
      for id in ids {
        let found = try await images.find(id)
        #expect(listed.first { $0.id == id } == found)
        let total = found?.length ?? 0
        for range in [nil, 0..<0, 0..<min(12, total), total / 2..<total, max(total - 1, 0)..<total] as [Range<Int>?] {
          do {
            let bytes = try await fixture.bytes(id, range)
            // the chunk that is there has five
            #expect(bytes?.count == found.map { range?.count ?? $0.length })
            #expect(bytes?.count ?? 0 <= 5)
          } catch let error as PoseVaultError {
            #expect(error.code == .storageUnavailable && error.message.contains("damaged"), "\(error.message)")
          }
        }
        _ = try await images.delete(id)
      }
      #expect(try await images.list(after: nil, limit: 100).map(\.id) == [last])
    }
  }

  @Test(
    "have their dates rounded down to seconds, or to the nearest that can be told",
    arguments: [
      (-1, -1), (-1000, -1), (-1001, -2), (999, 0), (Int64.max, 9_223_372_036_854_775),
      (Int64.min, -9_223_372_036_854_775), (Int64.min + 500, -9_223_372_036_854_775),
    ] as [(Int64, Int64)])
  func dates(milliseconds: Int64, seconds: Int64) async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let id = ImageID.generate(at: 1)
      try insert(
        id, #""length": 5, "chunkSize": 5, "uploadDate": {"$date": {"$numberLong": "\#(milliseconds)"}}"#, fixture)
      #expect(try await images.find(id)?.uploadedAt == seconds)
      #expect(try await images.list(after: nil, limit: 1).first?.uploadedAt == seconds)
    }
  }

  @Test("and are no pictures don't end a list early")
  func pages() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      var pictures: [ImageID] = []
      for _ in 0..<5 {
        for _ in 0..<3 { try insert(ImageID.generate(at: 1_765_362_600), #""length": 1e300"#, fixture) }
        pictures.append(try await fixture.put([1]))
      }
      for limit in 1...6 {
        #expect(try await images.list(after: nil, limit: limit).map(\.id) == Array(pictures.sorted().prefix(limit)))
      }
    }
  }

  /// Source: Python, `b"Mu\xf1oz.jpg".decode("utf-8", "backslashreplace")`, its digits in capitals.
  @Test("have their names shown with each byte that is not UTF-8 escaped")
  func names() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let id = ImageID.generate(at: 1)
      try fixture.probe.insert(
        id, name: Array("Mu".utf8) + [0xF1] + Array("oz.jpg".utf8), into: "images.files", of: fixture.database)
      #expect(try await images.find(id)?.metadata.fileName == #"Mu\xF1oz.jpg"#)
    }
  }

  /// A document with `fields`, and one chunk of five bytes.
  private func insert(_ id: ImageID, _ fields: String, _ fixture: GridFSFixture) throws {
    try fixture.run(#"{"insert": "images.files", "documents": [{"_id": {"$oid": "\#(id)"}, \#(fields)}]}"#)
    try fixture.run(
      """
      {"insert": "images.chunks", "documents": [{"files_id": {"$oid": "\(id)"}, "n": 0,
        "data": {"$binary": {"base64": "QUJDREU=", "subType": "00"}}}]}
      """)
  }
}
