import GRDB
public import PoseCore

extension SQLiteRunStore {
  public func beginBackup(_ origin: BackupOrigin) async throws -> BackupAdmission {
    try await database.write { db in
      if let mark = try Self.mark(db) { return .restoring(mark) }
      let now = origin.startedAt
      for run in try Self.runs("WHERE state = 'running'", [], db) {
        guard run.isSilent(at: now) else { return .running(run) }
        try run.abandoned(at: now).store(db)
      }
      if let claim = origin.claim, let run = try Self.run(of: claim, db) { return .claimed(run) }
      return .begun(try BackupRun.insert(origin, db))
    }
  }

  public func missBackup(_ origin: BackupOrigin, _ message: String) async throws -> Bool {
    try await database.write { db in
      guard let claim = origin.claim, try Self.run(of: claim, db) == nil else { return false }
      var run = try BackupRun.insert(origin, db)
      run.state = .failed(message: message, isAbandoned: true, at: origin.startedAt)
      try run.store(db)
      return true
    }
  }

  public func heartbeat(_ id: Int, phase: String, progress: Double, at now: Int64) async throws -> Bool {
    try await database.write { db in
      try db.execute(
        sql: "UPDATE posevault_runs SET heartbeat_at = ?, phase = ?, progress = ? WHERE id = ? AND state = 'running'",
        arguments: [now, phase, progress, id])
      return db.changesCount == 1
    }
  }

  public func finishBackup(_ id: Int, _ state: BackupRun.State, mail: NewMail?) async throws -> Bool {
    try await database.write { db in
      guard state != .running, var run = try Self.run(id, db) else { return false }
      guard run.state == .running else { return run.state == state }
      run.state = state
      try run.store(db)
      if let mail { try mail.insert(db) }
      return true
    }
  }

  public func failSilentBackups(
    at now: Int64, mail: @escaping @Sendable (BackupRun) -> NewMail?
  ) async throws -> [BackupRun] {
    try await database.write { db in
      for run in try Self.runs("WHERE state = 'running'", [], db) where run.isSilent(at: now) {
        try run.abandoned(at: now).store(db)
      }
      let untold = try Self.runs("WHERE state = 'abandoned' AND is_told = 0 ORDER BY id", [], db)
      for run in untold {
        try db.execute(sql: "UPDATE posevault_runs SET is_told = 1 WHERE id = ?", arguments: [run.id])
        if let mail = mail(run) { try mail.insert(db) }
      }
      return untold
    }
  }

  public func backup(_ id: Int) async throws -> BackupRun? {
    try await database.read { db in try Self.run(id, db) }
  }

  public func backups(before: Int?, limit: Int) async throws -> [BackupRun] {
    try await database.read { db in
      try Self.runs("WHERE id < ? ORDER BY id DESC LIMIT ?", [before ?? .max, max(limit, 0)], db)
    }
  }

  public func latestProvenBackup() async throws -> BackupRun? {
    try await database.read { db in
      try Self.runs("WHERE state = 'proven' ORDER BY is_adopted, id DESC LIMIT 1", [], db).first
    }
  }

  public func acceptBackup(_ id: Int, at now: Int64) async throws -> BackupRun? {
    try await database.write { db in
      try db.execute(
        sql: "UPDATE posevault_runs SET accepted_at = ? WHERE id = ? AND state = 'proven' AND accepted_at IS NULL",
        arguments: [now, id])
      return try Self.runs("WHERE id = ? AND state = 'proven'", [id], db).first
    }
  }

  public func adoptBackup(_ origin: BackupOrigin, _ archive: BackupArchive, at end: Int64) async throws -> BackupRun? {
    try await database.write { db in
      guard try Self.runs("WHERE path = ?", [archive.path], db).isEmpty else { return nil }
      var run = try BackupRun.insert(origin, isAdopted: true, db)
      run.state = .proven(archive, at: end)
      try run.store(db)
      return run
    }
  }

  public func latestScheduledBackup(dueBy limit: Int64) async throws -> BackupRun? {
    try await database.read { db in
      try Self.runs("WHERE due_at <= ? ORDER BY id DESC LIMIT 1", [limit], db).first
    }
  }

  static func runUnderWay(at now: Int64, _ db: Database) throws -> BackupRun? {
    try runs("WHERE state = 'running'", [], db).first { !$0.isSilent(at: now) }
  }

  private static func run(of claim: ScheduleClaim, _ db: Database) throws -> BackupRun? {
    try runs("WHERE due_at = ? AND attempt = ?", [claim.dueAt, claim.attempt], db).first
  }

  private static func run(_ id: Int, _ db: Database) throws -> BackupRun? {
    try runs("WHERE id = ?", [id], db).first
  }

  private static func runs(_ clause: String, _ arguments: StatementArguments, _ db: Database) throws -> [BackupRun] {
    let sql = "SELECT \(BackupRun.columns) FROM posevault_runs " + clause
    return try Array(Row.fetchCursor(db, sql: sql, arguments: arguments).map(BackupRun.init(row:)))
  }
}
