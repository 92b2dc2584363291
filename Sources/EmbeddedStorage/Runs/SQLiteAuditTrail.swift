import GRDB
public import PoseCore

/// Who did what, in tables of the SQLite file.
public struct SQLiteAuditTrail: AuditTrail {
  let database: SQLiteDatabase

  public func append(_ entries: [AuditEntry]) async throws {
    try await database.write { db in
      for entry in entries { try Self.append(entry, db) }
    }
  }

  /// For a transaction that makes the change that the entry describes.
  static func append(_ entry: AuditEntry, _ db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO posevault_audit
          (at, server, caller, session, client, request, action, subjects, outcome, count)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        entry.at, entry.server, entry.by, entry.session, entry.from, entry.request, entry.action,
        AuditSubjects.text(entry.subjects), entry.outcome, entry.count,
      ])
  }

  public func seal(_ server: String, _ hash: @escaping @Sendable ([UInt8]) -> String) async throws -> Int {
    try await database.write { db in
      let open = try Self.lines(
        "WHERE server = ? AND number IS NULL ORDER BY id LIMIT ?", [server, AuditLimits.sealedAtOnce], in: db)
      guard !open.isEmpty else { return 0 }
      var head = try Self.chain(server, db)?.head ?? AuditSeal(number: 0, hash: "")
      for line in open {
        let number = head.number + 1
        head = AuditSeal(number: number, hash: hash(line.sealedContent(number: number, after: head.hash)))
        try db.execute(
          sql: "UPDATE posevault_audit SET number = ?, hash = ? WHERE id = ?",
          arguments: [head.number, head.hash, line.id])
      }
      try db.execute(
        sql: """
          INSERT INTO posevault_audit_chains (server, head_number, head_hash) VALUES (?, ?, ?)
          ON CONFLICT (server) DO UPDATE SET head_number = excluded.head_number, head_hash = excluded.head_hash
          """, arguments: [server, head.number, head.hash])
      return open.count
    }
  }

  public func chains() async throws -> [AuditChain] {
    try await database.read { db in try Self.chains("ORDER BY server", [], in: db) }
  }

  public func entries(of filter: AuditFilter, before: Int?, limit: Int) async throws -> [AuditLine] {
    var conditions = ["id < ?"]
    var arguments: StatementArguments = [before ?? .max]
    func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
      guard let value else { return }
      conditions.append(condition)
      arguments += [value]
    }
    add("caller = ?", filter.by)
    if let action = filter.action {
      conditions.append("substr(action, 1, length(?)) = ?")
      arguments += [action, action]
    }
    add("instr(subjects, ?) > 0", filter.subject.map(AuditSubjects.needle))
    add("at >= ?", filter.from)
    add("at < ?", filter.before)
    add("server = ?", filter.server)
    let clause = "WHERE \(conditions.joined(separator: " AND ")) ORDER BY id DESC LIMIT ?"
    let all = arguments + [max(limit, 0)]
    return try await database.read { db in try Self.lines(clause, all, in: db) }
  }

  public func sealed(of server: String, after number: Int, limit: Int) async throws -> [AuditLine] {
    try await database.read { db in
      try Self.lines(
        "WHERE server = ? AND number > ? ORDER BY number LIMIT ?", [server, number, max(limit, 0)], in: db)
    }
  }

  public func servers() async throws -> [String] {
    try await database.read { db in
      try String.fetchAll(db, sql: "SELECT DISTINCT server FROM posevault_audit ORDER BY server")
    }
  }

  public func countSealed(of server: String, through number: Int) async throws -> Int {
    try await database.read { db in
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM posevault_audit WHERE server = ? AND number <= ?", arguments: [server, number])
        ?? 0
    }
  }

  public func removeEntries(before time: Int64) async throws -> Int {
    try await database.write { db in
      var removed = 0
      for chain in try Self.chains("ORDER BY server", [], in: db) {
        // a chain's beginning alone: one whose clock went back keeps what comes behind
        let keeps = try Int.fetchOne(
          db, sql: "SELECT min(number) FROM posevault_audit WHERE server = ? AND at >= ?",
          arguments: [chain.server, time])
        let last = (keeps.map { $0 - 1 } ?? chain.head?.number ?? 0) - 1
        let end = try Self.lines("WHERE server = ? AND number = ?", [chain.server, last], in: db).first
        guard let base = end?.seal else { continue }
        try db.execute(
          sql: "UPDATE posevault_audit_chains SET base_number = ?, base_hash = ? WHERE server = ?",
          arguments: [base.number, base.hash, chain.server])
        try db.execute(
          sql: "DELETE FROM posevault_audit WHERE server = ? AND number <= ?", arguments: [chain.server, base.number])
        removed += db.changesCount
      }
      return removed
    }
  }

  private static func chain(_ server: String, _ db: Database) throws -> AuditChain? {
    try chains("WHERE server = ?", [server], in: db).first
  }

  static func chains(_ clause: String, _ arguments: StatementArguments, in db: Database) throws -> [AuditChain] {
    let sql = "SELECT server, base_number, base_hash, head_number, head_hash FROM posevault_audit_chains " + clause
    return try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
      AuditChain(
        server: try row.decode(atIndex: 0),
        base: seal(try row.decode(atIndex: 1), try row.decode(atIndex: 2)),
        head: seal(try row.decode(atIndex: 3), try row.decode(atIndex: 4)))
    }
  }

  static func lines(_ clause: String, _ arguments: StatementArguments, in db: Database) throws -> [AuditLine] {
    let sql = """
      SELECT id, at, server, caller, session, client, request, action, subjects, outcome, count, number, hash \
      FROM posevault_audit \(clause)
      """
    return try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
      AuditLine(
        id: try row.decode(atIndex: 0),
        entry: AuditEntry(
          at: try row.decode(atIndex: 1), server: try row.decode(atIndex: 2), by: try row.decode(atIndex: 3),
          session: try row.decode(atIndex: 4), from: try row.decode(atIndex: 5), request: try row.decode(atIndex: 6),
          action: try row.decode(atIndex: 7), subjects: AuditSubjects.list(try row.decode(atIndex: 8)),
          outcome: try row.decode(atIndex: 9), count: try row.decode(atIndex: 10)),
        seal: seal(try row.decode(atIndex: 11), try row.decode(atIndex: 12)))
    }
  }

  private static func seal(_ number: Int?, _ hash: String?) -> AuditSeal? {
    guard let number, let hash else { return nil }
    return AuditSeal(number: number, hash: hash)
  }
}

extension SQLiteAuditTrail: RestorableTrail {
  public func makeRoom(for chains: [AuditChain], upTo id: Int, replacing servers: Set<String>) async throws {
    try await database.write { db in
      for server in servers {
        try db.execute(
          sql: "DELETE FROM posevault_audit WHERE server = ? AND number IS NOT NULL", arguments: [server])
      }
      try Self.unseal(db)
      let last = try Int.fetchOne(db, sql: "SELECT max(seq) FROM sqlite_sequence WHERE name = 'posevault_audit'") ?? 0
      try db.execute(sql: "DELETE FROM sqlite_sequence WHERE name = 'posevault_audit'")
      try db.execute(
        sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('posevault_audit', ?)", arguments: [max(last, id)])
      let columns = "at, server, caller, session, client, request, action, subjects, outcome, count"
      try db.execute(
        sql: """
          INSERT INTO posevault_audit (\(columns)) SELECT \(columns) FROM posevault_audit WHERE id <= ? ORDER BY id
          """, arguments: [id])
      try db.execute(sql: "DELETE FROM posevault_audit WHERE id <= ?", arguments: [id])
      try Self.restore(chains, db)
    }
  }

  public func removeRestored(upTo id: Int) async throws {
    try await database.write { db in
      try db.execute(sql: "DELETE FROM posevault_audit WHERE id <= ?", arguments: [id])
      try Self.unseal(db)
    }
  }

  private static func unseal(_ db: Database) throws {
    try db.execute(sql: "UPDATE posevault_audit SET number = NULL, hash = NULL WHERE number IS NOT NULL")
    try db.execute(sql: "DELETE FROM posevault_audit_chains")
  }

  static func restore(_ chains: [AuditChain], _ db: Database) throws {
    for chain in chains {
      try db.execute(
        sql: """
          INSERT INTO posevault_audit_chains (server, base_number, base_hash, head_number, head_hash)
          VALUES (?, ?, ?, ?, ?)
          """,
        arguments: [chain.server, chain.base?.number, chain.base?.hash, chain.head?.number, chain.head?.hash])
    }
  }

  static func restore(_ lines: [AuditLine], _ db: Database) throws {
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO posevault_audit
          (id, at, server, caller, session, client, request, action, subjects, outcome, count, number, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    for line in lines {
      let entry = line.entry
      try statement.execute(
        arguments: [
          line.id, entry.at, entry.server, entry.by, entry.session, entry.from, entry.request, entry.action,
          AuditSubjects.text(entry.subjects), entry.outcome, entry.count, line.seal?.number, line.seal?.hash,
        ])
    }
  }
}
