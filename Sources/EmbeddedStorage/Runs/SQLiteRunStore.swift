import GRDB
public import PoseCore

/// Restore mark, backup runs and mail queue in tables of the SQLite file.
public struct SQLiteRunStore: RunStore {
  let database: SQLiteDatabase

  public func restoreMark() async throws -> RestoreMark? {
    try await database.read(Self.mark)
  }

  public func setRestoreMark(
    _ mark: RestoreMark, replacing previous: RestoreMark?, at now: Int64
  ) async throws -> RestoreAdmission {
    try await database.write { db in
      if let standing = try Self.mark(db), standing != mark, standing != previous { return .standing(standing) }
      if let run = try Self.runUnderWay(at: now, db) { return .backup(run) }
      try db.execute(
        sql: """
          REPLACE INTO posevault_restore (number, host, pid, since, heartbeat_at, file) VALUES (1, ?, ?, ?, ?, ?)
          """,
        arguments: [mark.host, mark.pid, mark.since, mark.heartbeatAt, mark.file])
      return .admitted
    }
  }

  @discardableResult
  public func removeRestoreMark(_ mark: RestoreMark) async throws -> Bool {
    try await database.write { db in
      guard try Self.mark(db) == mark else { return false }
      try db.execute(sql: "DELETE FROM posevault_restore")
      return true
    }
  }

  public func isRestoringOrBackingUp(at now: Int64) async throws -> Bool {
    try await database.read { db in
      if try Self.mark(db) != nil { return true }
      return try Self.runUnderWay(at: now, db) != nil
    }
  }

  public func claimSweep(at now: Int64) async throws -> Bool {
    try await database.write { db in
      let last = try Int64.fetchOne(db, sql: "SELECT at FROM posevault_sweep")
      // one that lies far in the future is of a clock that was wrong
      if let last, (now - last).magnitude < Self.sweepInterval { return false }
      try db.execute(sql: "REPLACE INTO posevault_sweep (number, at) VALUES (1, ?)", arguments: [now])
      return true
    }
  }

  @Sendable
  static func mark(_ db: Database) throws -> RestoreMark? {
    try Row.fetchOne(db, sql: "SELECT host, pid, since, heartbeat_at, file FROM posevault_restore").map { row in
      RestoreMark(
        host: try row.decode(atIndex: 0), pid: try row.decode(atIndex: 1), since: try row.decode(atIndex: 2),
        heartbeatAt: try row.decode(atIndex: 3), file: try row.decode(atIndex: 4))
    }
  }
}
