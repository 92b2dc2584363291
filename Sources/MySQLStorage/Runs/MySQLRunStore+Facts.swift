import PoseCore

extension MySQLRunStore {
  public func fact(_ name: String) async throws -> String? {
    try await database.read { connection in try Self.fact(name, connection) }
  }

  public func replaceFact(_ name: String, _ old: String?, with new: String?) async throws -> Bool {
    try await database.write { connection in
      // a fact that isn't there can't be locked, the mark's row always can
      _ = try Self.mark(connection, isLocked: true)
      guard try Self.fact(name, connection, isLocked: true) == old else { return false }
      switch (old, new) {
      case (_, nil): try connection.change("DELETE FROM posevault_meta WHERE name = ?", [.text(name)])
      case (nil, let new?):
        try connection.change("INSERT INTO posevault_meta (name, value) VALUES (?, ?)", [.text(name), .text(new)])
      case (_?, let new?):
        try connection.change("UPDATE posevault_meta SET value = ? WHERE name = ?", [.text(new), .text(name)])
      }
      return true
    }
  }

  public func knowsSchema() async throws -> Bool {
    try await database.read { connection in try Schema.isKnown(connection) }
  }

  private static func fact(
    _ name: String, _ connection: MySQLConnection, isLocked: Bool = false
  ) throws -> String? {
    let sql = "SELECT value FROM posevault_meta WHERE name = ?"
    return try connection.rows(isLocked ? sql + " FOR UPDATE" : sql, [.text(name)]).first?.text(0)
  }
}
