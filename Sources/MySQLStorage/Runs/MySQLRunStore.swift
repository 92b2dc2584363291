public import PoseCore

/// Restore mark, backup runs and mail queue in tables of the pose database, for any number of servers.
///
/// Decisions that depend on the mark and on runs in progress are made by one transaction at a time among all servers:
/// each locks the mark's row first. From then on it only uses locking reads, which see what others have committed up to
/// now, not the transaction's snapshot.
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

extension MySQLRunStore {
  public func beginBackup(_ origin: BackupOrigin) async throws -> BackupAdmission {
    try await database.change(noting: \.subjects) { connection in
      if let mark = try Self.mark(connection, isLocked: true) { return .restoring(mark) }
      let now = origin.startedAt
      for run in try Self.runs("WHERE state = 'running' FOR UPDATE", [], over: connection) {
        guard run.isSilent(at: now) else { return .running(run) }
        try run.abandoned(at: now).store(connection)
      }
      if let claim = origin.claim, let run = try Self.run(of: claim, connection) { return .claimed(run) }
      return .begun(try BackupRun.insert(origin, connection))
    }
  }

  public func missBackup(_ origin: BackupOrigin, _ message: String) async throws -> Bool {
    try await database.write { connection in
      _ = try Self.mark(connection, isLocked: true)
      guard let claim = origin.claim, try Self.run(of: claim, connection) == nil else { return false }
      var run = try BackupRun.insert(origin, connection)
      run.state = .failed(message: message, isRepeated: true, at: origin.startedAt)
      try run.store(connection)
      return true
    }
  }

  public func heartbeat(_ id: Int, phase: String, progress: Double, at now: Int64) async throws -> Bool {
    try await database.write { connection in
      try connection.change(
        "UPDATE posevault_runs SET heartbeat_at = ?, phase = ?, progress = ? WHERE id = ? AND state = 'running'",
        [.int(now), .text(phase), .double(progress), .int(id)]
      ).rows == 1
    }
  }

  public func finishBackup(_ id: Int, _ state: BackupRun.State, mail: NewMail?) async throws -> Bool {
    try await database.write { connection in
      _ = try Self.mark(connection, isLocked: true)
      guard state != .running, var run = try Self.runs("WHERE id = ? FOR UPDATE", [.int(id)], over: connection).first
      else {
        return false
      }
      guard run.state == .running else { return run.state == state }
      run.state = state
      try run.store(connection)
      if let mail { try mail.insert(connection) }
      return true
    }
  }

  /// Calls `mail` again for the same run if a deadlock with another server caused the transaction to be restarted.
  public func failSilentBackups(
    at now: Int64, mail: @escaping @Sendable (BackupRun) -> NewMail?
  ) async throws -> [BackupRun] {
    try await database.write { connection in
      _ = try Self.mark(connection, isLocked: true)
      for run in try Self.runs("WHERE state = 'running' FOR UPDATE", [], over: connection) where run.isSilent(at: now) {
        try run.abandoned(at: now).store(connection)
      }
      let untold = try Self.runs(
        "WHERE state = 'abandoned' AND is_told = 0 ORDER BY id FOR UPDATE", [], over: connection)
      for run in untold {
        try connection.change("UPDATE posevault_runs SET is_told = 1 WHERE id = ?", [.int(run.id)])
        if let mail = mail(run) { try mail.insert(connection) }
      }
      return untold
    }
  }

  public func backup(_ id: Int) async throws -> BackupRun? {
    try await database.read { connection in try Self.runs("WHERE id = ?", [.int(id)], over: connection).first }
  }

  public func backups(before: Int?, limit: Int) async throws -> [BackupRun] {
    try await database.read { connection in
      try Self.runs(
        "WHERE id < ? ORDER BY id DESC LIMIT ?", [.int(before ?? .max), .int(max(limit, 0))], over: connection)
    }
  }

  public func latestProvenBackup() async throws -> BackupRun? {
    try await database.read { connection in
      try Self.runs(
        """
        WHERE id = (
          SELECT id FROM posevault_runs WHERE state = 'proven' ORDER BY is_adopted, id DESC LIMIT 1
        )
        """, [], over: connection
      ).first
    }
  }

  public func acceptBackup(_ id: Int, at now: Int64) async throws -> BackupRun? {
    try await database.change(noting: { $0.map { [AuditSubject.backup($0.id)] } ?? [] }) { connection in
      _ = try Self.mark(connection, isLocked: true)
      guard var run = try Self.runs("WHERE id = ? FOR UPDATE", [.int(id)], over: connection).first,
        case .proven(var archive, let end) = run.state
      else { return nil }
      if archive.accept(at: now) {
        run.state = .proven(archive, at: end)
        try run.store(connection)
      }
      return run
    }
  }

  public func adoptBackup(_ origin: BackupOrigin, _ archive: BackupArchive, at end: Int64) async throws -> BackupRun? {
    try await database.write { connection in
      _ = try Self.mark(connection, isLocked: true)
      // paths of an index would have to be short, and this is rare
      guard try Self.runs("WHERE path = ? FOR UPDATE", [.text(archive.path)], over: connection).isEmpty else {
        return nil
      }
      var run = try BackupRun.insert(origin, isAdopted: true, connection)
      run.state = .proven(archive, at: end)
      try run.store(connection)
      return run
    }
  }

  /// Sorts only ids: rows that MySQL sorts must fit into its sort buffer with all their text.
  public func latestScheduledBackup(dueBy limit: Int64) async throws -> BackupRun? {
    try await database.read { connection in
      try Self.runs(
        """
        WHERE id = (
          SELECT id FROM posevault_runs WHERE due_at <= ? ORDER BY id DESC LIMIT 1
        )
        """, [.int(limit)], over: connection
      ).first
    }
  }

  private static func run(of claim: ScheduleClaim, _ connection: MySQLConnection) throws -> BackupRun? {
    try runs(
      "WHERE due_at = ? AND attempt = ? FOR UPDATE", [.int(claim.dueAt), .int(claim.attempt)], over: connection
    ).first
  }

  static func runUnderWay(at now: Int64, _ connection: MySQLConnection, isLocked: Bool = false) throws -> BackupRun? {
    try runs("WHERE state = 'running'" + (isLocked ? " FOR UPDATE" : ""), [], over: connection)
      .first { !$0.isSilent(at: now) }
  }

  private static func runs(
    _ clause: String, _ values: [MySQLValue], over connection: MySQLConnection
  ) throws -> [BackupRun] {
    try connection.rows("SELECT \(BackupRun.columns) FROM posevault_runs " + clause, values).map(BackupRun.init)
  }
}

extension MySQLRunStore {
  @discardableResult
  public func enqueue(_ mail: NewMail) async throws -> Int {
    try await database.write { connection in try mail.insert(connection) }
  }

  /// Locks the whole queue, so that senders take turns and none misses a mail that another one leaves. Only ids are
  /// sorted: rows that MySQL sorts must fit into its sort buffer with all their text.
  public func takeMail(at now: Int64, host: String, lease: Int64) async throws -> QueuedMail? {
    try await database.write { connection in
      let due = try connection.rows(
        """
        SELECT id FROM posevault_mail
        WHERE given_up_at IS NULL AND due_at <= ? AND free_at <= ? AND (host IS NULL OR host = ? OR due_at <= ?)
        ORDER BY due_at, id LIMIT 1 FOR UPDATE
        """, [.int(now), .int(now), .text(host), .int(now - QueuedMail.hostLimit)])
      guard let id = try due.first?.int(0) else { return nil }
      try connection.change(
        "UPDATE posevault_mail SET attempts = attempts + 1, free_at = ? WHERE id = ?", [.int(now + lease), .int(id)])
      return try Self.mails("WHERE id = ? FOR UPDATE", [.int(id)], over: connection).first
    }
  }

  public func takeMail(_ id: Int, at now: Int64, lease: Int64) async throws -> QueuedMail? {
    try await database.write { connection in
      let taken = try connection.change(
        """
        UPDATE posevault_mail SET attempts = attempts + 1, free_at = ?
        WHERE id = ? AND given_up_at IS NULL AND due_at <= ? AND free_at <= ?
        """, [.int(now + lease), .int(id), .int(now), .int(now)])
      guard taken.rows == 1 else { return nil }
      return try Self.mails("WHERE id = ? FOR UPDATE", [.int(id)], over: connection).first
    }
  }

  @discardableResult
  public func putBack(_ mail: QueuedMail, dueAt: Int64, failure: String) async throws -> Bool {
    try await update(
      mail, "due_at = ?, free_at = 0, failure = ?, content = ?",
      with: [.int(dueAt), .text(failure), .text(mail.mail.content)])
  }

  @discardableResult
  public func giveUp(_ mail: QueuedMail, failure: String, at now: Int64) async throws -> Bool {
    try await update(
      mail, "given_up_at = ?, free_at = 0, failure = ?, content = ?",
      with: [.int(now), .text(failure), .text(mail.mail.content)])
  }

  /// The number of attempts shows whether the mail still belongs to the sender that took it.
  private func update(_ mail: QueuedMail, _ change: String, with values: [MySQLValue]) async throws -> Bool {
    try await database.write { connection in
      try connection.change(
        "UPDATE posevault_mail SET \(change) WHERE id = ? AND attempts = ?",
        values + [.int(mail.id), .int(mail.attempts)]
      ).rows == 1
    }
  }

  public func removeSent(_ mail: QueuedMail) async throws {
    try await database.write { connection in
      _ = try connection.change(
        "DELETE FROM posevault_mail WHERE id <= ? AND (id = ? OR given_up_at IS NOT NULL)",
        [.int(mail.id), .int(mail.id)])
    }
  }

  public func unsentMail(limit: Int) async throws -> [QueuedMail] {
    try await database.read { connection in
      try Self.mails("ORDER BY id LIMIT ?", [.int(max(limit, 0))], over: connection)
    }
  }

  private static func mails(
    _ clause: String, _ values: [MySQLValue], over connection: MySQLConnection
  ) throws -> [QueuedMail] {
    let sql = "SELECT id, host, content, due_at, attempts, failure, given_up_at FROM posevault_mail " + clause
    return try connection.rows(sql, values).map(QueuedMail.init)
  }
}

extension QueuedMail {
  fileprivate init(row: MySQLRow) throws {
    self.init(
      id: Int(try row.int(0).notNull()),
      mail: NewMail(host: row.text(1), content: try row.text(2).notNull(), dueAt: try row.int(3).notNull()),
      attempts: Int(try row.int(4).notNull()), failure: row.text(5), givenUpAt: try row.int(6))
  }
}

extension NewMail {
  /// Returns the mail's id.
  @discardableResult
  func insert(_ connection: MySQLConnection) throws -> Int {
    try connection.change(
      "INSERT INTO posevault_mail (host, content, due_at) VALUES (?, ?, ?)",
      [host.map { .text($0) } ?? .null, .text(content), .int(dueAt)]
    ).insertedID
  }
}

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
