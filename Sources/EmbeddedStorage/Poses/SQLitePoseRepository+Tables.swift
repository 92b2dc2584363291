import GRDB
public import PoseCore

/// The tables beside `poses` that archives hold.
extension SQLitePoseRepository {
  public var tables: [String] { [TrashLine.table] }

  public func restore(_ lines: [TableLine], into table: String) async throws {
    guard table == TrashLine.table else {
      throw PoseVaultError(.internal, "The table \(table) is not known here.")
    }
    let rows = try lines.map(TrashLine.init)
    try await database.write { db in
      for row in rows {
        try db.execute(
          sql: "INSERT INTO posevault_trash (id, image_id, length, reason, trashed_at, pose) VALUES (?, ?, ?, ?, ?, ?)",
          arguments: [row.id, row.imageId, row.length, row.reason, row.trashedAt, row.pose])
      }
    }
  }

  static func trashLines(after: Int?, limit: Int, _ db: Database) throws -> [TableLine] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT id, image_id, length, reason, trashed_at, pose FROM posevault_trash WHERE id > ? ORDER BY id LIMIT ?
        """, arguments: [after ?? 0, max(limit, 0)]
    ).map { row in
      TrashLine(
        id: try row.decode(atIndex: 0), imageId: try row.decode(atIndex: 1), length: try row.decode(atIndex: 2),
        reason: try row.decode(atIndex: 3), trashedAt: try row.decode(atIndex: 4), pose: try row.decode(atIndex: 5)
      ).line
    }
  }
}

extension SQLiteSnapshot {
  func lines(of table: String, after: Int?, limit: Int) async throws -> [TableLine] {
    guard table == TrashLine.table else { return [] }
    return try await read { db in try SQLitePoseRepository.trashLines(after: after, limit: limit, db) }
  }
}
