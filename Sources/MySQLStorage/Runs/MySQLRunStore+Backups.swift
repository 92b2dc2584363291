public import PoseCore

extension MySQLRunStore {
  public func beginBackup(_ origin: BackupOrigin) async throws -> BackupAdmission {
    try await database.write { connection in
      if let mark = try Self.mark(connection, isLocked: true) { return .restoring(mark) }
      let now = origin.startedAt
      for run in try Self.runs("WHERE state = 'running' FOR UPDATE", [], connection) {
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
      run.state = .failed(message: message, isAbandoned: true, at: origin.startedAt)
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
      guard state != .running, var run = try Self.runs("WHERE id = ? FOR UPDATE", [.int(id)], connection).first else {
        return false
      }
      guard run.state == .running else { return run.state == state }
      run.state = state
      try run.store(connection)
      if let mail { try mail.insert(connection) }
      return true
    }
  }

  /// Calls `mail` again for the same run when a deadlock with another server made the transaction start anew.
  public func failSilentBackups(
    at now: Int64, mail: @escaping @Sendable (BackupRun) -> NewMail?
  ) async throws -> [BackupRun] {
    try await database.write { connection in
      _ = try Self.mark(connection, isLocked: true)
      for run in try Self.runs("WHERE state = 'running' FOR UPDATE", [], connection) where run.isSilent(at: now) {
        try run.abandoned(at: now).store(connection)
      }
      let untold = try Self.runs("WHERE state = 'abandoned' AND is_told = 0 ORDER BY id FOR UPDATE", [], connection)
      for run in untold {
        try connection.change("UPDATE posevault_runs SET is_told = 1 WHERE id = ?", [.int(run.id)])
        if let mail = mail(run) { try mail.insert(connection) }
      }
      return untold
    }
  }

  public func backup(_ id: Int) async throws -> BackupRun? {
    try await database.read { connection in try Self.runs("WHERE id = ?", [.int(id)], connection).first }
  }

  public func backups(before: Int?, limit: Int) async throws -> [BackupRun] {
    try await database.read { connection in
      try Self.runs(
        "WHERE id < ? ORDER BY id DESC LIMIT ?", [.int(before ?? .max), .int(max(limit, 0))], connection)
    }
  }

  public func latestProvenBackup() async throws -> BackupRun? {
    try await database.read { connection in
      try Self.runs(
        """
        WHERE id = (
          SELECT id FROM posevault_runs WHERE state = 'proven' ORDER BY is_adopted, id DESC LIMIT 1
        )
        """, [], connection
      ).first
    }
  }

  public func acceptBackup(_ id: Int, at now: Int64) async throws -> BackupRun? {
    try await database.write { connection in
      _ = try Self.mark(connection, isLocked: true)
      try connection.change(
        "UPDATE posevault_runs SET accepted_at = ? WHERE id = ? AND state = 'proven' AND accepted_at IS NULL",
        [.int(now), .int(id)])
      return try Self.runs("WHERE id = ? AND state = 'proven' FOR UPDATE", [.int(id)], connection).first
    }
  }

  public func adoptBackup(_ origin: BackupOrigin, _ archive: BackupArchive, at end: Int64) async throws -> BackupRun? {
    try await database.write { connection in
      _ = try Self.mark(connection, isLocked: true)
      // paths of an index would have to be short, and this is rare
      guard try Self.runs("WHERE path = ? FOR UPDATE", [.text(archive.path)], connection).isEmpty else { return nil }
      var run = try BackupRun.insert(origin, isAdopted: true, connection)
      run.state = .proven(archive, at: end)
      try run.store(connection)
      return run
    }
  }

  /// Sorts ids alone: rows that MySQL sorts must fit into its sort buffer with all their text.
  public func latestScheduledBackup(dueBy limit: Int64) async throws -> BackupRun? {
    try await database.read { connection in
      try Self.runs(
        """
        WHERE id = (
          SELECT id FROM posevault_runs WHERE due_at <= ? ORDER BY id DESC LIMIT 1
        )
        """, [.int(limit)], connection
      ).first
    }
  }

  private static func run(of claim: ScheduleClaim, _ connection: MySQLConnection) throws -> BackupRun? {
    try runs(
      "WHERE due_at = ? AND attempt = ? FOR UPDATE", [.int(claim.dueAt), .int(claim.attempt)], connection
    ).first
  }

  static func runUnderWay(at now: Int64, _ connection: MySQLConnection, isLocked: Bool = false) throws -> BackupRun? {
    try runs("WHERE state = 'running'" + (isLocked ? " FOR UPDATE" : ""), [], connection)
      .first { !$0.isSilent(at: now) }
  }

  private static func runs(
    _ clause: String, _ values: [MySQLValue], _ connection: MySQLConnection
  ) throws -> [BackupRun] {
    try connection.rows("SELECT \(BackupRun.columns) FROM posevault_runs " + clause, values).map(BackupRun.init)
  }
}
