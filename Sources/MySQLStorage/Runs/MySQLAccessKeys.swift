public import PoseCore

/// Keys and sessions in tables of the pose database, for any number of servers.
///
/// Each change first increments the version, which locks its row: so changes are serialized, and each sees what the
/// others have committed.
public struct MySQLAccessKeys: AccessKeys {
  let database: MySQLDatabase

  public func accessState(since version: Int?) async throws -> AccessState? {
    try await database.read { connection in
      // the version first: what changes while the rest is read is read again the next time
      let found = try Self.version(connection)
      guard found != version else { return nil }
      let closed = try connection.rows("SELECT 1 FROM posevault_meta WHERE name = 'access_closed'")
      return AccessState(
        version: found, isClosed: !closed.isEmpty, keys: try Self.keys(connection),
        sessions: try Self.sessions(connection))
    }
  }

  public func addKey(_ key: NewAccessKey, hasOtherOwner: Bool) async throws -> AccessKey {
    try await database.change(noting: { [AuditSubject.key($0.id)] }) { connection in
      try Self.changed(connection)
      try Self.keys(connection).requireAddable(key, hasOtherOwner: hasOtherOwner)
      try Self.close(connection)
      let inserted = try connection.change(
        "INSERT INTO posevault_keys (name, role, sha256, created_at, ends_at) VALUES (?, ?, ?, ?, ?)",
        [
          .text(key.name), .text(key.role.rawValue), .text(key.sha256), .int(key.createdAt),
          key.endsAt.map { .int($0) } ?? .null,
        ])
      return AccessKey(
        id: inserted.insertedID, name: key.name, role: key.role, sha256: key.sha256, createdAt: key.createdAt,
        endsAt: key.endsAt)
    }
  }

  public func revokeKey(_ id: Int, at now: Int64, hasOtherOwner: Bool) async throws -> AccessKey? {
    try await database.change(noting: { $0.map { [AuditSubject.key($0.id)] } ?? [] }) { connection in
      try Self.changed(connection)
      let keys = try Self.keys(connection)
      guard var key = keys.first(where: { $0.id == id }) else { return nil }
      guard key.revokedAt == nil else { return key }
      try keys.requireRevocable(id, at: now, hasOtherOwner: hasOtherOwner)
      try connection.change("UPDATE posevault_keys SET revoked_at = ? WHERE id = ?", [.int(now), .int(id)])
      try connection.change("DELETE FROM posevault_sessions WHERE key_id = ?", [.int(id)])
      key.revokedAt = now
      return key
    }
  }

  public func addSession(_ session: AccessSession) async throws -> AccessSession {
    try await database.change(noting: { [AuditSubject.session($0.id)] }) { connection in
      try Self.changed(connection)
      return try Self.insert(session, connection)
    }
  }

  public func useLink(_ sha256: String, for session: AccessSession) async throws -> AccessSession? {
    let note = AuditNote.current
    return try await database.change(noting: { $0.map { [AuditSubject.session($0.id)] } ?? [] }) { connection in
      // its row is the lock: of two callers, the second one finds the link gone
      try Self.changed(connection)
      let row = try connection.rows(
        "SELECT key_id FROM posevault_sessions WHERE sha256 = ? AND binding = ? AND ends_at > ?",
        [.text(sha256), .text(AccessSession.linkMark), .int(session.createdAt)]
      ).first
      guard let key = try row?.int(0) else { return nil }
      try connection.change("DELETE FROM posevault_sessions WHERE sha256 = ?", [.text(sha256)])
      var session = session
      session.key = Int(key)
      note?.identify("\(key)")
      return try Self.insert(session, connection)
    }
  }

  /// Stores a session, for ``addSession(_:)``.
  private static func insert(_ session: AccessSession, _ connection: MySQLConnection) throws -> AccessSession {
    try connection.change("DELETE FROM posevault_sessions WHERE ends_at <= ?", [.int(session.createdAt)])
    let key: MySQLValue = session.key.map { .int($0) } ?? .null
    let old = try connection.rows(
      "SELECT id FROM posevault_sessions WHERE key_id <=> ? ORDER BY id DESC LIMIT 1000 OFFSET ?",
      [key, .int(mostSessions - 1)])
    for row in old {
      try connection.change("DELETE FROM posevault_sessions WHERE id = ?", [.int(try row.int(0).notNull())])
    }
    let inserted = try connection.change(
      """
      INSERT INTO posevault_sessions (sha256, key_id, binding, created_at, ends_at, last_used_at, last_used_from)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(session.sha256), key, session.binding.map { .text($0) } ?? .null, .int(session.createdAt),
        .int(session.endsAt), .int(session.lastUsedAt), session.lastUsedFrom.map { .text($0) } ?? .null,
      ])
    var kept = session
    kept.id = inserted.insertedID
    return kept
  }

  @discardableResult
  public func endSession(_ id: Int) async throws -> Bool {
    try await database.change(noting: { $0 ? [AuditSubject.session(id)] : [] }) { connection in
      try Self.changed(connection)
      return try connection.change("DELETE FROM posevault_sessions WHERE id = ?", [.int(id)]).rows > 0
    }
  }

  public func noteUses(_ uses: [AccessUse]) async throws {
    guard !uses.isEmpty else { return }
    try await database.write { connection in
      for use in uses {
        let (table, id) =
          switch use.subject {
          case .key(let id): ("posevault_keys", id)
          case .session(let id): ("posevault_sessions", id)
          }
        try connection.change(
          """
          UPDATE \(table) SET last_used_at = ?, last_used_from = ?
          WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)
          """, [.int(use.at), use.from.map { .text($0) } ?? .null, .int(id), .int(use.at)])
      }
    }
  }

  public func closeAccess() async throws {
    try await database.write { connection in
      try Self.changed(connection)
      try Self.close(connection)
    }
  }

  private static func close(_ connection: MySQLConnection) throws {
    try connection.change("INSERT IGNORE INTO posevault_meta (name, value) VALUES ('access_closed', '1')")
  }

  private static func changed(_ connection: MySQLConnection) throws {
    try connection.change(
      """
      INSERT INTO posevault_meta (name, value) VALUES ('access_version', '1')
      ON DUPLICATE KEY UPDATE value = CAST(value AS UNSIGNED) + 1
      """)
  }

  private static func version(_ connection: MySQLConnection) throws -> Int {
    let row = try connection.rows("SELECT value FROM posevault_meta WHERE name = 'access_version'").first
    return Int(try row?.int(0) ?? 0)
  }

  private static func keys(_ connection: MySQLConnection) throws -> [AccessKey] {
    let rows = try connection.rows(
      """
      SELECT id, name, role, sha256, created_at, ends_at, revoked_at, last_used_at, last_used_from
      FROM posevault_keys ORDER BY id
      """)
    return try rows.compactMap { row in
      // one of a newer version opens nothing here
      guard let role = AccessRole(rawValue: try row.text(2).notNull()) else { return nil }
      return AccessKey(
        id: Int(try row.int(0).notNull()), name: try row.text(1).notNull(), role: role,
        sha256: try row.text(3).notNull(), createdAt: try row.int(4).notNull(), endsAt: try row.int(5),
        revokedAt: try row.int(6), lastUsedAt: try row.int(7), lastUsedFrom: row.text(8))
    }
  }

  private static func sessions(_ connection: MySQLConnection) throws -> [AccessSession] {
    let rows = try connection.rows(
      """
      SELECT id, sha256, key_id, binding, created_at, ends_at, last_used_at, last_used_from
      FROM posevault_sessions ORDER BY id
      """)
    return try rows.map { row in
      AccessSession(
        id: Int(try row.int(0).notNull()), sha256: try row.text(1).notNull(), key: try row.int(2).map { Int($0) },
        binding: row.text(3), createdAt: try row.int(4).notNull(), endsAt: try row.int(5).notNull(),
        lastUsedAt: try row.int(6).notNull(), lastUsedFrom: row.text(7))
    }
  }
}
