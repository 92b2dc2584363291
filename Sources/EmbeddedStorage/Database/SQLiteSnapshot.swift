#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import GRDB
import PoseCore

/// A read transaction on a connection of its own.
///
/// SQLite's log keeps what is written in the meantime until the transaction ends.
struct SQLiteSnapshot: PoseSnapshot {
  let database: SQLiteDatabase
  let connection: DatabaseSnapshot

  func totals() async throws -> PoseTotals {
    try await read { db in
      db.add(function: Self.checksum)
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT count(*), sum(id / \(Self.half)), max(id),
            sum(\(Self.ofEachText { "coalesce(length(CAST(\($0) AS BLOB)), 0)" })),
            sum(\(Self.ofEachText { "coalesce(posevault_crc32(CAST(\($0) AS BLOB)), 0)" })),
            sum(id % \(Self.half))
          FROM poses
          """)
      let high: Int = row?[1] ?? 0
      let low: Int = row?[5] ?? 0
      return PoseTotals(
        count: row?[0] ?? 0, sumOfIDs: high &* Self.half &+ low, lastID: row?[2], bytes: row?[3] ?? 0,
        sumOfChecksums: row?[4] ?? 0)
    }
  }

  func nextID() async throws -> Int {
    try await read { db in try SQLitePoseRepository.nextID(db) }
  }

  func rows(after: Int?, limit: Int) async throws -> [PoseRecord] {
    try await read { db in
      try SQLitePoseRepository.rows(.all, "WHERE id > ? ORDER BY id LIMIT ?", [after ?? .min, max(limit, 0)], in: db)
    }
  }

  func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await database.onReader { [connection] in try connection.read(body) }
  }

  /// Ids are summed in two halves, since SQLite's own sum would overflow.
  private static let half = 1 << 32

  private static func ofEachText(_ expression: (String) -> String) -> String {
    ["keypoints", "world_keypoints", "detected_keypoints"].map(expression).joined(separator: " + ")
  }

  private static let checksum = DatabaseFunction("posevault_crc32", argumentCount: 1, pure: true) { values in
    Data.fromDatabaseValue(values[0]).map { Int(CRC32.of($0)) }
  }
}
