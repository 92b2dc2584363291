public import PoseCore

/// The trash in a table of the pose database.
public struct MySQLTrash: TrashStore {
  let database: MySQLDatabase

  public func discard(_ pictures: [StoredImage], for reason: TrashReason, at now: Int64) async throws {
    try await database.write { connection in
      for picture in pictures {
        try connection.change(
          "INSERT IGNORE INTO posevault_trash (image_id, length, reason, trashed_at) VALUES (?, ?, ?, ?)",
          [.text(picture.id.description), .int(picture.length), .text(reason.rawValue), .int(now)])
      }
    }
  }

  public func trashed(among pictures: [ImageID]) async throws -> Set<ImageID> {
    guard !pictures.isEmpty else { return [] }
    let marks = Array(repeating: "?", count: pictures.count).joined(separator: ", ")
    return try await database.read { connection in
      let rows = try connection.rows(
        "SELECT image_id FROM posevault_trash WHERE image_id IN (\(marks))", pictures.map { .text($0.description) })
      return Set(rows.compactMap { $0.text(0).flatMap { ImageID($0) } })
    }
  }

  public func items(after: Int?, limit: Int) async throws -> [TrashItem] {
    try await database.read { connection in
      let rows = try connection.rows(
        "SELECT id, image_id, length, reason, trashed_at FROM posevault_trash WHERE id > ? ORDER BY id LIMIT ?",
        [.int(after ?? 0), .int(max(limit, 0))])
      return try rows.compactMap { row in
        // what a newer version puts there is left to it
        guard let picture = ImageID(try row.text(1).notNull()),
          let reason = TrashReason(rawValue: try row.text(3).notNull())
        else { return nil }
        return TrashItem(
          id: Int(try row.int(0).notNull()), picture: picture, length: Int(try row.int(2).notNull()), reason: reason,
          trashedAt: try row.int(4).notNull())
      }
    }
  }

  public func totals() async throws -> TrashTotals {
    try await database.read { connection in
      let row = try connection.rows(
        "SELECT COUNT(*), CAST(COALESCE(SUM(length), 0) AS SIGNED) FROM posevault_trash"
      ).first
      return TrashTotals(count: Int(try row?.int(0) ?? 0), bytes: Int(try row?.int(1) ?? 0))
    }
  }

  public func remove(_ ids: [Int]) async throws {
    try await database.write { connection in
      for id in ids { try connection.change("DELETE FROM posevault_trash WHERE id = ?", [.int(id)]) }
    }
  }
}
