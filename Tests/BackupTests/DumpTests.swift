import PoseCore
import Testing

@testable import Backup

@Suite("The dump")
struct DumpTests {
  @Test("reads back as it was written, every byte and every kind of value, in pieces of any length")
  func roundTrip() throws {
    let everyByte = String(decoding: (0...127).map { UInt8($0) }, as: UTF8.self)
    let rows =
      Sample.adopted + [
        PoseRecord(
          id: 2_147_483_647, imageID: everyByte, keypoints: Array((everyByte + "é🧘").utf8), createdAt: 0,
          updatedAt: 253_402_300_799, correctedAt: -1,
          details: PoseDetails(score: 1e-7, pictureWidth: -5, pictureHeight: 0, fileName: ""), worldKeypoints: [],
          detectedKeypoints: Array("NULL".utf8))
      ]
    let sql = dump(rows)
    for length in [1, 7, 4096, sql.count] {
      var (splitter, parser, read) = (LineSplitter(), DumpParser(), [PoseRecord]())
      for start in stride(from: 0, to: sql.count, by: length) {
        try splitter.split(sql[start..<min(start + length, sql.count)], of: .dump) { line in
          if let row = try parser.read(line) { read.append(row) }
        }
      }
      try splitter.finish(.dump)
      try parser.finish()
      #expect(read == rows)
    }
  }

  @Test(
    "has ids of 64 bits where they need it, and only there",
    arguments: [
      ([1, 2_147_483_647], 1 << 31, "INT"), ([1, 1 << 31], 1 << 31 + 1, "BIGINT"), ([1], 1 << 31 + 1, "BIGINT"),
      ([-2_147_483_649, 5], 6, "BIGINT"), ([-2_147_483_648], 6, "INT"), ([.max - 1], .max, "BIGINT"),
      ([.min, .max], .max, "BIGINT"),
    ] as [([Int], Int, String)])
  func wideIDs(ids: [Int], next: Int, type: String) throws {
    let rows = ids.map { PoseRecord(id: $0, imageID: "a", keypoints: [0x31], createdAt: nil, updatedAt: nil) }
    var (writer, rest) = (DumpWriter(), [UInt8]())
    for row in rows { writer.append(row, to: &rest) }
    let sql = writer.begin(nextID: next, leastID: ids.min()) + rest + writer.end()
    #expect(String(decoding: sql, as: UTF8.self).contains("  `id` \(type) NOT NULL AUTO_INCREMENT PRIMARY KEY,\n"))
    var (parser, read) = (DumpParser(), [PoseRecord]())
    for line in sql.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
      if let row = try parser.read(line) { read.append(row) }
    }
    try parser.finish()
    #expect(read == rows && parser.nextID == next)
  }

  @Test("has statements of less than 1 MB, but as few as that allows")
  func statements() {
    let row = PoseRecord(
      id: 1, imageID: "a", keypoints: [UInt8](repeating: 0x27, count: 3000), createdAt: nil, updatedAt: nil)
    let sql = String(
      decoding: dump(
        (1...1000).map { number in
          var row = row
          row.id = number
          return row
        }), as: UTF8.self)
    let statements = sql.split(separator: ";\n")
    #expect(statements.allSatisfy { $0.utf8.count < 1_000_000 })
    // 6 MB of escaped quotes
    #expect(statements.count { $0.hasPrefix("INSERT") } == 7)
  }

  @Test("gives a row that alone is longer a statement of its own")
  func longRow() {
    let long = PoseRecord(
      id: 2, imageID: "a", keypoints: [UInt8](repeating: 0x31, count: 1_500_000), createdAt: nil, updatedAt: nil)
    var (before, after) = (long, long)
    (before.id, before.keypoints, after.id, after.keypoints) = (1, [0x31], 3, [0x31])
    let sql = String(decoding: dump([before, long, after]), as: UTF8.self)
    #expect(sql.split(separator: ";\n").count { $0.hasPrefix("INSERT") } == 3)
  }

  @Test("without rows reads back as without rows")
  func empty() throws {
    var parser = DumpParser()
    for line in dump([]).split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
      #expect(try parser.read(line) == nil)
    }
    try parser.finish()
  }

  // from Python's datetime
  @Test(
    "writes times in UTC",
    arguments: [
      (0, "1970-01-01 00:00:00"), (-1, "1969-12-31 23:59:59"), (1_765_362_600, "2025-12-10 10:30:00"),
      (951_827_696, "2000-02-29 12:34:56"), (4_107_542_400, "2100-03-01 00:00:00"),
      (2_147_483_647, "2038-01-19 03:14:07"), (253_402_300_799, "9999-12-31 23:59:59"),
    ] as [(Int64, String)])
  func times(seconds: Int64, text: String) {
    #expect(SQLTime.text(seconds) == text)
    #expect(SQLTime.seconds(text) == seconds)
  }

  @Test(
    "reads no other times",
    arguments: [
      "", "2025-12-10", "2025-12-10T10:30:00", "2025-12-10 10:30:00Z", "2025-12-10 24:00:00", "2025-13-10 10:30:00",
      "2025-02-29 10:30:00", "2025-1-10 10:30:00", " 2025-12-10 10:30:00", "0000-00-00 00:00:00",
      "2025-12-10 10:30:60", "99999-12-10 10:30:00", "2025-12-10 10:30:00.5", "９９９９-12-10 10:30:00",
      "2025--12-10 10:30:00",
    ])
  func otherTimes(text: String) {
    #expect(SQLTime.seconds(text) == nil)
  }

  private func dump(_ rows: [PoseRecord]) -> [UInt8] {
    var (writer, sql) = (DumpWriter(), [UInt8]())
    for row in rows { writer.append(row, to: &sql) }
    return writer.begin(nextID: 1 << 31) + sql + writer.end()
  }
}
