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

extension SQLiteRunStore {
  public func beginBackup(_ origin: BackupOrigin) async throws -> BackupAdmission {
    try await database.change(noting: \.subjects) { db in
      if let mark = try Self.mark(db) { return .restoring(mark) }
      let now = origin.startedAt
      for run in try Self.runs("WHERE state = 'running'", [], in: db) {
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
      run.state = .failed(message: message, isRepeated: true, at: origin.startedAt)
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
      for run in try Self.runs("WHERE state = 'running'", [], in: db) where run.isSilent(at: now) {
        try run.abandoned(at: now).store(db)
      }
      let untold = try Self.runs("WHERE state = 'abandoned' AND is_told = 0 ORDER BY id", [], in: db)
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
      try Self.runs("WHERE id < ? ORDER BY id DESC LIMIT ?", [before ?? .max, max(limit, 0)], in: db)
    }
  }

  public func latestProvenBackup() async throws -> BackupRun? {
    try await database.read { db in
      try Self.runs("WHERE state = 'proven' ORDER BY is_adopted, id DESC LIMIT 1", [], in: db).first
    }
  }

  public func acceptBackup(_ id: Int, at now: Int64) async throws -> BackupRun? {
    try await database.change(noting: { $0.map { [AuditSubject.backup($0.id)] } ?? [] }) { db in
      guard var run = try Self.run(id, db), case .proven(var archive, let end) = run.state else { return nil }
      if archive.accept(at: now) {
        run.state = .proven(archive, at: end)
        try run.store(db)
      }
      return run
    }
  }

  public func adoptBackup(_ origin: BackupOrigin, _ archive: BackupArchive, at end: Int64) async throws -> BackupRun? {
    try await database.write { db in
      guard try Self.runs("WHERE path = ?", [archive.path], in: db).isEmpty else { return nil }
      var run = try BackupRun.insert(origin, isAdopted: true, db)
      run.state = .proven(archive, at: end)
      try run.store(db)
      return run
    }
  }

  public func latestScheduledBackup(dueBy limit: Int64) async throws -> BackupRun? {
    try await database.read { db in
      try Self.runs("WHERE due_at <= ? ORDER BY id DESC LIMIT 1", [limit], in: db).first
    }
  }

  static func runUnderWay(at now: Int64, _ db: Database) throws -> BackupRun? {
    try runs("WHERE state = 'running'", [], in: db).first { !$0.isSilent(at: now) }
  }

  private static func run(of claim: ScheduleClaim, _ db: Database) throws -> BackupRun? {
    try runs("WHERE due_at = ? AND attempt = ?", [claim.dueAt, claim.attempt], in: db).first
  }

  private static func run(_ id: Int, _ db: Database) throws -> BackupRun? {
    try runs("WHERE id = ?", [id], in: db).first
  }

  private static func runs(_ clause: String, _ arguments: StatementArguments, in db: Database) throws -> [BackupRun] {
    let sql = "SELECT \(BackupRun.columns) FROM posevault_runs " + clause
    return try Array(Row.fetchCursor(db, sql: sql, arguments: arguments).map(BackupRun.init(row:)))
  }
}

extension SQLiteRunStore {
  @discardableResult
  public func enqueue(_ mail: NewMail) async throws -> Int {
    try await database.write { db in
      try mail.insert(db)
      return Int(db.lastInsertedRowID)
    }
  }

  public func takeMail(at now: Int64, host: String, lease: Int64) async throws -> QueuedMail? {
    try await database.write { db in
      let due = try Self.mails(
        """
        WHERE given_up_at IS NULL AND due_at <= ? AND free_at <= ? AND (host IS NULL OR host = ? OR due_at <= ?)
        ORDER BY due_at, id LIMIT 1
        """, [now, now, host, now - QueuedMail.hostLimit], in: db)
      guard var mail = due.first else { return nil }
      mail.attempts += 1
      try db.execute(
        sql: "UPDATE posevault_mail SET attempts = ?, free_at = ? WHERE id = ?",
        arguments: [mail.attempts, now + lease, mail.id])
      return mail
    }
  }

  public func takeMail(_ id: Int, at now: Int64, lease: Int64) async throws -> QueuedMail? {
    try await database.write { db in
      try db.execute(
        sql: """
          UPDATE posevault_mail SET attempts = attempts + 1, free_at = ?
          WHERE id = ? AND given_up_at IS NULL AND due_at <= ? AND free_at <= ?
          """, arguments: [now + lease, id, now, now])
      guard db.changesCount == 1 else { return nil }
      return try Self.mails("WHERE id = ?", [id], in: db).first
    }
  }

  @discardableResult
  public func putBack(_ mail: QueuedMail, dueAt: Int64, failure: String) async throws -> Bool {
    try await update(
      mail, "due_at = ?, free_at = 0, failure = ?, content = ?", with: [dueAt, failure, mail.mail.content])
  }

  @discardableResult
  public func giveUp(_ mail: QueuedMail, failure: String, at now: Int64) async throws -> Bool {
    try await update(
      mail, "given_up_at = ?, free_at = 0, failure = ?, content = ?", with: [now, failure, mail.mail.content])
  }

  /// The number of attempts shows whether the mail still belongs to the sender that took it.
  private func update(_ mail: QueuedMail, _ change: String, with arguments: StatementArguments) async throws -> Bool {
    try await database.write { db in
      try db.execute(
        sql: "UPDATE posevault_mail SET \(change) WHERE id = ? AND attempts = ?",
        arguments: arguments + [mail.id, mail.attempts])
      return db.changesCount == 1
    }
  }

  public func removeSent(_ mail: QueuedMail) async throws {
    try await database.write { db in
      try db.execute(
        sql: "DELETE FROM posevault_mail WHERE id = ? OR (id < ? AND given_up_at IS NOT NULL)",
        arguments: [mail.id, mail.id])
    }
  }

  public func unsentMail(limit: Int) async throws -> [QueuedMail] {
    try await database.read { db in try Self.mails("ORDER BY id LIMIT ?", [max(limit, 0)], in: db) }
  }

  private static func mails(_ clause: String, _ arguments: StatementArguments, in db: Database) throws -> [QueuedMail] {
    let sql = "SELECT id, host, content, due_at, attempts, failure, given_up_at FROM posevault_mail " + clause
    return try Array(Row.fetchCursor(db, sql: sql, arguments: arguments).map(QueuedMail.init(row:)))
  }
}

extension QueuedMail {
  fileprivate init(row: Row) throws {
    self.init(
      id: try row.decode(atIndex: 0),
      mail: NewMail(
        host: try row.decode(atIndex: 1), content: try row.decode(atIndex: 2), dueAt: try row.decode(atIndex: 3)),
      attempts: try row.decode(atIndex: 4), failure: try row.decode(atIndex: 5), givenUpAt: try row.decode(atIndex: 6))
  }
}

extension NewMail {
  func insert(_ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO posevault_mail (host, content, due_at) VALUES (?, ?, ?)", arguments: [host, content, dueAt])
  }
}

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
