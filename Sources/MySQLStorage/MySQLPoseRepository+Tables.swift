public import PoseCore

/// The tables beside `poses` that archives hold.
extension MySQLPoseRepository {
  public var tables: [String] { [TrashLine.table] }

  public func restore(_ lines: [TableLine], into table: String) async throws {
    guard table == TrashLine.table else {
      throw PoseVaultError(.internal, "The table \(table) is not known here.")
    }
    let rows = try lines.map(TrashLine.init)
    try await database.write { connection in
      for row in rows {
        try connection.change(
          "INSERT INTO posevault_trash (id, image_id, length, reason, trashed_at, pose) VALUES (?, ?, ?, ?, ?, ?)",
          [
            .int(row.id), .text(row.imageId), .int(row.length), .text(row.reason), .int(row.trashedAt),
            row.pose.map { .text($0) } ?? .null,
          ])
      }
    }
  }
}

extension MySQLSnapshot {
  func lines(of table: String, after: Int?, limit: Int) async throws -> [TableLine] {
    guard table == TrashLine.table else { return [] }
    return try await connection.run { connection in
      try connection.rows(
        """
        SELECT id, image_id, length, reason, trashed_at, pose FROM posevault_trash WHERE id > ? ORDER BY id LIMIT ?
        """, [.int(after ?? 0), .int(max(limit, 0))]
      ).map { row in
        TrashLine(
          id: Int(try row.int(0).notNull()), imageId: try row.text(1).notNull(), length: Int(try row.int(2).notNull()),
          reason: try row.text(3).notNull(), trashedAt: try row.int(4).notNull(), pose: row.text(5)
        ).line
      }
    }
  }
}
