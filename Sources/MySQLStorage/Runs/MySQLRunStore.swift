public import PoseCore

/// Restore mark, backup runs and mail queue in tables of the pose database, for any number of servers.
///
/// What depends on the mark and on the runs under way is decided by one transaction at a time among all servers: each
/// locks the row of the mark first. From there on it reads with locks only: such reads see what others have committed
/// up to now, not the snapshot of the transaction.
public struct MySQLRunStore: RunStore {
  let database: MySQLDatabase

  public func restoreMark() async throws -> RestoreMark? {
    try await database.read { connection in try Self.mark(connection) }
  }

  public func setRestoreMark(
    _ mark: RestoreMark, replacing previous: RestoreMark?, at now: Int64
  ) async throws -> RestoreAdmission {
    try await database.write { connection in
      let standing = try Self.mark(connection, isLocked: true)
      if let standing, standing != mark, standing != previous { return .standing(standing) }
      if let run = try Self.runUnderWay(at: now, connection, isLocked: true) { return .backup(run) }
      try connection.change(
        "UPDATE posevault_restore SET host = ?, pid = ?, since = ?, heartbeat_at = ?, file = ? WHERE number = 1",
        [.text(mark.host), .int(mark.pid), .int(mark.since), .int(mark.heartbeatAt), .text(mark.file)])
      return .admitted
    }
  }

  @discardableResult
  public func removeRestoreMark(_ mark: RestoreMark) async throws -> Bool {
    try await database.write { connection in
      guard try Self.mark(connection, isLocked: true) == mark else { return false }
      try connection.change(
        """
        UPDATE posevault_restore SET host = NULL, pid = NULL, since = NULL, heartbeat_at = NULL, file = NULL
        WHERE number = 1
        """)
      return true
    }
  }

  public func isRestoringOrBackingUp(at now: Int64) async throws -> Bool {
    try await database.read { connection in
      if try Self.mark(connection) != nil { return true }
      return try Self.runUnderWay(at: now, connection) != nil
    }
  }

  public func claimSweep(at now: Int64) async throws -> Bool {
    try await database.write { connection in
      guard let row = try connection.rows("SELECT swept_at FROM posevault_sweep WHERE number = 1 FOR UPDATE").first
      else { throw Self.isDamaged("posevault_sweep") }
      // one that lies far in the future is of a clock that was wrong
      if let last = try row.int(0), (now - last).magnitude < Self.sweepInterval { return false }
      try connection.change("UPDATE posevault_sweep SET swept_at = ? WHERE number = 1", [.int(now)])
      return true
    }
  }

  /// - Parameter isLocked: whether others that decide on restores and backups wait until the transaction ends.
  static func mark(_ connection: MySQLConnection, isLocked: Bool = false) throws -> RestoreMark? {
    let sql = "SELECT host, pid, since, heartbeat_at, file FROM posevault_restore WHERE number = 1"
    guard let row = try connection.rows(isLocked ? sql + " FOR UPDATE" : sql).first else {
      throw isDamaged("posevault_restore")
    }
    guard let host = row.text(0) else { return nil }
    return RestoreMark(
      host: host, pid: Int(try row.int(1).notNull()), since: try row.int(2).notNull(),
      heartbeatAt: try row.int(3).notNull(), file: try row.text(4).notNull())
  }

  /// Without the row nothing could be locked, and two servers might decide at once.
  private static func isDamaged(_ table: String) -> PoseVaultError {
    PoseVaultError(.storageUnavailable, "The table \(table) of the database has lost its row; it is damaged.")
  }
}
