import GRDB
public import PoseCore

/// Keys and sessions in tables of the SQLite file.
public struct SQLiteAccessKeys: AccessKeys {
  let database: SQLiteDatabase

  public func accessState(since version: Int?) async throws -> AccessState? {
    try await database.read { db in
      let found = try Self.version(db)
      guard found != version else { return nil }
      let isClosed =
        try String.fetchOne(db, sql: "SELECT value FROM posevault_meta WHERE name = 'access_closed'") != nil
      return AccessState(
        version: found, isClosed: isClosed, keys: try Self.keys(db), sessions: try Self.sessions(db))
    }
  }

  public func addKey(_ key: NewAccessKey, hasOtherOwner: Bool) async throws -> AccessKey {
    try await database.change(noting: { [AuditSubject.key($0.id)] }) { db in
      try Self.keys(db).requireAddable(key, hasOtherOwner: hasOtherOwner)
      try Self.close(db)
      try Self.changed(db)
      try db.execute(
        sql: "INSERT INTO posevault_keys (name, role, sha256, created_at, ends_at) VALUES (?, ?, ?, ?, ?)",
        arguments: [key.name, key.role.rawValue, key.sha256, key.createdAt, key.endsAt])
      return AccessKey(
        id: Int(db.lastInsertedRowID), name: key.name, role: key.role, sha256: key.sha256, createdAt: key.createdAt,
        endsAt: key.endsAt)
    }
  }

  public func revokeKey(_ id: Int, at now: Int64, hasOtherOwner: Bool) async throws -> AccessKey? {
    try await database.change(noting: { $0.map { [AuditSubject.key($0.id)] } ?? [] }) { db in
      let keys = try Self.keys(db)
      guard var key = keys.first(where: { $0.id == id }) else { return nil }
      guard key.revokedAt == nil else { return key }
      try keys.requireRevocable(id, at: now, hasOtherOwner: hasOtherOwner)
      try Self.changed(db)
      try db.execute(sql: "UPDATE posevault_keys SET revoked_at = ? WHERE id = ?", arguments: [now, id])
      try db.execute(sql: "DELETE FROM posevault_sessions WHERE key_id = ?", arguments: [id])
      key.revokedAt = now
      return key
    }
  }

  public func addSession(_ session: AccessSession) async throws -> AccessSession {
    try await database.change(noting: { [AuditSubject.session($0.id)] }) { db in try Self.insert(session, db) }
  }

  public func useLink(_ sha256: String, for session: AccessSession) async throws -> AccessSession? {
    let note = AuditNote.current
    return try await database.change(noting: { $0.map { [AuditSubject.session($0.id)] } ?? [] }) { db in
      let key = try Int.fetchOne(
        db, sql: "SELECT key_id FROM posevault_sessions WHERE sha256 = ? AND binding = ? AND ends_at > ?",
        arguments: [sha256, AccessSession.linkMark, session.createdAt])
      guard let key else { return nil }
      try db.execute(sql: "DELETE FROM posevault_sessions WHERE sha256 = ?", arguments: [sha256])
      var session = session
      session.key = key
      note?.identify("\(key)")
      return try Self.insert(session, db)
    }
  }

  /// Stores a session, for ``addSession(_:)``.
  private static func insert(_ session: AccessSession, _ db: Database) throws -> AccessSession {
    try changed(db)
    try db.execute(sql: "DELETE FROM posevault_sessions WHERE ends_at <= ?", arguments: [session.createdAt])
    try db.execute(
      sql: """
        DELETE FROM posevault_sessions WHERE id IN (
          SELECT id FROM posevault_sessions WHERE key_id IS ? ORDER BY id DESC LIMIT -1 OFFSET ?)
        """, arguments: [session.key, mostSessions - 1])
    try db.execute(
      sql: """
        INSERT INTO posevault_sessions
          (sha256, key_id, binding, created_at, ends_at, last_used_at, last_used_from)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        session.sha256, session.key, session.binding, session.createdAt, session.endsAt, session.lastUsedAt,
        session.lastUsedFrom,
      ])
    var kept = session
    kept.id = Int(db.lastInsertedRowID)
    return kept
  }

  @discardableResult
  public func endSession(_ id: Int) async throws -> Bool {
    try await database.change(noting: { $0 ? [AuditSubject.session(id)] : [] }) { db in
      try db.execute(sql: "DELETE FROM posevault_sessions WHERE id = ?", arguments: [id])
      guard db.changesCount > 0 else { return false }
      try Self.changed(db)
      return true
    }
  }

  public func noteUses(_ uses: [AccessUse]) async throws {
    guard !uses.isEmpty else { return }
    try await database.write { db in
      for use in uses {
        let (table, id) =
          switch use.subject {
          case .key(let id): ("posevault_keys", id)
          case .session(let id): ("posevault_sessions", id)
          }
        try db.execute(
          sql: """
            UPDATE \(table) SET last_used_at = ?, last_used_from = ?
            WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)
            """, arguments: [use.at, use.from, id, use.at])
      }
    }
  }

  public func closeAccess() async throws {
    try await database.write { db in
      try Self.close(db)
      try Self.changed(db)
    }
  }

  private static func close(_ db: Database) throws {
    try db.execute(sql: "INSERT OR IGNORE INTO posevault_meta (name, value) VALUES ('access_closed', '1')")
  }

  private static func changed(_ db: Database) throws {
    let next = try version(db) + 1
    try db.execute(
      sql: "REPLACE INTO posevault_meta (name, value) VALUES ('access_version', ?)", arguments: ["\(next)"])
  }

  private static func version(_ db: Database) throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT CAST(value AS INTEGER) FROM posevault_meta WHERE name = 'access_version'") ?? 0
  }

  private static func keys(_ db: Database) throws -> [AccessKey] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT id, name, role, sha256, created_at, ends_at, revoked_at, last_used_at, last_used_from
        FROM posevault_keys ORDER BY id
        """)
    return try rows.compactMap { row in
      // one of a newer version opens nothing here
      guard let role = AccessRole(rawValue: try row.decode(atIndex: 2)) else { return nil }
      return AccessKey(
        id: try row.decode(atIndex: 0), name: try row.decode(atIndex: 1), role: role,
        sha256: try row.decode(atIndex: 3), createdAt: try row.decode(atIndex: 4), endsAt: try row.decode(atIndex: 5),
        revokedAt: try row.decode(atIndex: 6), lastUsedAt: try row.decode(atIndex: 7),
        lastUsedFrom: try row.decode(atIndex: 8))
    }
  }

  private static func sessions(_ db: Database) throws -> [AccessSession] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT id, sha256, key_id, binding, created_at, ends_at, last_used_at, last_used_from
        FROM posevault_sessions ORDER BY id
        """)
    return try rows.map { row in
      AccessSession(
        id: try row.decode(atIndex: 0), sha256: try row.decode(atIndex: 1), key: try row.decode(atIndex: 2),
        binding: try row.decode(atIndex: 3), createdAt: try row.decode(atIndex: 4), endsAt: try row.decode(atIndex: 5),
        lastUsedAt: try row.decode(atIndex: 6), lastUsedFrom: try row.decode(atIndex: 7))
    }
  }
}
