import GRDB
public import PoseCore

/// The trash in a table of the SQLite file.
public struct SQLiteTrash: TrashStore {
  let database: SQLiteDatabase

  public func discard(_ pictures: [StoredImage], for reason: TrashReason, at now: Int64) async throws {
    try await database.write { db in
      for picture in pictures {
        try db.execute(
          sql: "INSERT OR IGNORE INTO posevault_trash (image_id, length, reason, trashed_at) VALUES (?, ?, ?, ?)",
          arguments: [picture.id.description, picture.length, reason.rawValue, now])
      }
    }
  }

  public func trashed(among pictures: [ImageID]) async throws -> Set<ImageID> {
    guard !pictures.isEmpty else { return [] }
    return try await database.read { db in
      let marks = databaseQuestionMarks(count: pictures.count)
      let names = try String.fetchAll(
        db, sql: "SELECT image_id FROM posevault_trash WHERE image_id IN (\(marks))",
        arguments: StatementArguments(pictures.map(\.description)))
      return Set(names.compactMap { ImageID($0) })
    }
  }

  public func items(after: Int?, limit: Int) async throws -> [TrashItem] {
    try await database.read { db in
      let rows = try Row.fetchAll(
        db,
        sql: "SELECT id, image_id, length, reason, trashed_at FROM posevault_trash WHERE id > ? ORDER BY id LIMIT ?",
        arguments: [after ?? 0, max(limit, 0)])
      return try rows.compactMap { row in
        // what a newer version puts there is left to it
        guard let picture = ImageID(try row.decode(String.self, forColumn: "image_id")),
          let reason = TrashReason(rawValue: try row.decode(forColumn: "reason"))
        else { return nil }
        return TrashItem(
          id: try row.decode(forColumn: "id"), picture: picture, length: try row.decode(forColumn: "length"),
          reason: reason, trashedAt: try row.decode(forColumn: "trashed_at"))
      }
    }
  }

  public func totals() async throws -> TrashTotals {
    try await database.read { db in
      let row = try Row.fetchOne(db, sql: "SELECT count(*), total(length) FROM posevault_trash")
      return TrashTotals(
        count: try row?.decode(atIndex: 0) ?? 0, bytes: Int(try row?.decode(Double.self, atIndex: 1) ?? 0))
    }
  }

  public func remove(_ ids: [Int]) async throws {
    try await database.write { db in
      for id in ids { try db.execute(sql: "DELETE FROM posevault_trash WHERE id = ?", arguments: [id]) }
    }
  }
}
