import GRDB
import PoseCore

extension SQLiteRunStore {
  public func fact(_ name: String) async throws -> String? {
    try await database.read { db in try Self.fact(name, db) }
  }

  public func replaceFact(_ name: String, _ old: String?, with new: String?) async throws -> Bool {
    try await database.write { db in
      guard try Self.fact(name, db) == old else { return false }
      if let new {
        try db.execute(sql: "REPLACE INTO posevault_meta (name, value) VALUES (?, ?)", arguments: [name, new])
      } else {
        try db.execute(sql: "DELETE FROM posevault_meta WHERE name = ?", arguments: [name])
      }
      return true
    }
  }

  public func knowsSchema() async throws -> Bool {
    try await database.read { db in try !Schema.migrator.hasBeenSuperseded(db) }
  }

  private static func fact(_ name: String, _ db: Database) throws -> String? {
    try String.fetchOne(db, sql: "SELECT value FROM posevault_meta WHERE name = ?", arguments: [name])
  }
}
