public import PoseCore

/// Who did what, in tables of the pose database, for any number of servers.
public struct MySQLAuditTrail: AuditTrail {
  let database: MySQLDatabase

  public func append(_ entries: [AuditEntry]) async throws {
    try await database.write { connection in
      for entry in entries { try Self.append(entry, connection) }
    }
  }

  /// For a transaction that makes the change that the entry describes.
  static func append(_ entry: AuditEntry, _ connection: MySQLConnection) throws {
    try connection.change(
      """
      INSERT INTO posevault_audit
        (at, server, caller, session, client, request, action, subjects, outcome, count)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .int(entry.at), .text(entry.server), .text(entry.by), entry.session.map { .int($0) } ?? .null,
        entry.from.map { .text($0) } ?? .null, entry.request.map { .text($0) } ?? .null, .text(entry.action),
        .text(AuditSubjects.text(entry.subjects)), .int(entry.outcome), .int(entry.count),
      ])
  }

  public func seal(_ server: String, _ hash: @escaping @Sendable ([UInt8]) -> String) async throws -> Int {
    try await database.write { connection in
      // its row is locked from here on, so that one after the other seals
      try connection.change(
        "INSERT INTO posevault_audit_chains (server) VALUES (?) ON DUPLICATE KEY UPDATE server = server",
        [.text(server)])
      let chain = try Self.chains("WHERE server = ? FOR UPDATE", [.text(server)], over: connection).first
      let open = try Self.lines(
        "WHERE server = ? AND number IS NULL ORDER BY id LIMIT ?", [.text(server), .int(AuditLimits.sealedAtOnce)],
        over: connection)
      guard !open.isEmpty else { return 0 }
      var head = chain?.head ?? AuditSeal(number: 0, hash: "")
      for line in open {
        let number = head.number + 1
        head = AuditSeal(number: number, hash: hash(line.sealedContent(number: number, after: head.hash)))
        try connection.change(
          "UPDATE posevault_audit SET number = ?, hash = ? WHERE id = ?",
          [.int(head.number), .text(head.hash), .int(line.id)])
      }
      try connection.change(
        "UPDATE posevault_audit_chains SET head_number = ?, head_hash = ? WHERE server = ?",
        [.int(head.number), .text(head.hash), .text(server)])
      return open.count
    }
  }

  public func chains() async throws -> [AuditChain] {
    try await database.read { connection in
      try Self.chains("WHERE head_number IS NOT NULL ORDER BY server", [], over: connection)
    }
  }

  public func entries(of filter: AuditFilter, before: Int?, limit: Int) async throws -> [AuditLine] {
    var conditions = ["id < ?"]
    var values: [MySQLValue] = [.int(before ?? .max)]
    func add(_ condition: String, _ found: MySQLValue?) {
      guard let found else { return }
      conditions.append(condition)
      values.append(found)
    }
    add("caller = ?", filter.by.map { .text($0) })
    add("LOCATE(?, action) = 1", filter.action.map { .text($0) })
    add("LOCATE(?, subjects) > 0", filter.subject.map { .text(AuditSubjects.needle($0)) })
    add("at >= ?", filter.from.map { .int($0) })
    add("at < ?", filter.before.map { .int($0) })
    add("server = ?", filter.server.map { .text($0) })
    let clause = "WHERE \(conditions.joined(separator: " AND ")) ORDER BY id DESC LIMIT ?"
    let all = values + [.int(max(limit, 0))]
    return try await database.read { connection in try Self.lines(clause, all, over: connection) }
  }

  public func sealed(of server: String, after number: Int, limit: Int) async throws -> [AuditLine] {
    try await database.read { connection in
      try Self.lines(
        "WHERE server = ? AND number > ? ORDER BY number LIMIT ?",
        [.text(server), .int(number), .int(max(limit, 0))], over: connection)
    }
  }

  public func servers() async throws -> [String] {
    try await database.read { connection in
      try connection.rows("SELECT DISTINCT server FROM posevault_audit ORDER BY server").map {
        try $0.text(0).notNull()
      }
    }
  }

  public func countSealed(of server: String, through number: Int) async throws -> Int {
    try await database.read { connection in
      let row = try connection.rows(
        "SELECT COUNT(*) FROM posevault_audit WHERE server = ? AND number <= ?", [.text(server), .int(number)]
      ).first
      return Int(try row?.int(0) ?? 0)
    }
  }

  public func removeEntries(before time: Int64) async throws -> Int {
    try await database.write { connection in
      var removed = 0
      for chain in try Self.chains("WHERE head_number IS NOT NULL ORDER BY server FOR UPDATE", [], over: connection) {
        let server = MySQLValue.text(chain.server)
        // a chain's beginning alone: one whose clock went back keeps what comes behind
        let keeps = try connection.rows(
          "SELECT MIN(number) FROM posevault_audit WHERE server = ? AND at >= ?", [server, .int(time)]
        ).first?.int(0)
        let last = (keeps.map { Int($0) - 1 } ?? chain.head?.number ?? 0) - 1
        let end = try Self.lines("WHERE server = ? AND number = ?", [server, .int(last)], over: connection).first
        guard let base = end?.seal else { continue }
        try connection.change(
          "UPDATE posevault_audit_chains SET base_number = ?, base_hash = ? WHERE server = ?",
          [.int(base.number), .text(base.hash), server])
        removed += try connection.change(
          "DELETE FROM posevault_audit WHERE server = ? AND number <= ?", [server, .int(base.number)]
        ).rows
      }
      return removed
    }
  }

  static func chains(
    _ clause: String, _ values: [MySQLValue], over connection: MySQLConnection
  ) throws -> [AuditChain] {
    let rows = try connection.rows(
      "SELECT server, base_number, base_hash, head_number, head_hash FROM posevault_audit_chains \(clause)", values)
    return try rows.map { row in
      AuditChain(
        server: try row.text(0).notNull(), base: seal(try row.int(1), row.text(2)),
        head: seal(try row.int(3), row.text(4)))
    }
  }

  static func lines(
    _ clause: String, _ values: [MySQLValue], over connection: MySQLConnection
  ) throws -> [AuditLine] {
    let rows = try connection.rows(
      """
      SELECT id, at, server, caller, session, client, request, action, subjects, outcome, count, number, hash \
      FROM posevault_audit \(clause)
      """, values)
    return try rows.map { row in
      AuditLine(
        id: Int(try row.int(0).notNull()),
        entry: AuditEntry(
          at: try row.int(1).notNull(), server: try row.text(2).notNull(), by: try row.text(3).notNull(),
          session: try row.int(4).map { Int($0) }, from: row.text(5), request: row.text(6),
          action: try row.text(7).notNull(), subjects: AuditSubjects.list(try row.text(8).notNull()),
          outcome: Int(try row.int(9).notNull()), count: Int(try row.int(10).notNull())),
        seal: seal(try row.int(11), row.text(12)))
    }
  }

  private static func seal(_ number: Int64?, _ hash: String?) -> AuditSeal? {
    guard let number, let hash else { return nil }
    return AuditSeal(number: Int(number), hash: hash)
  }
}

extension MySQLAuditTrail: RestorableTrail {
  public func makeRoom(for chains: [AuditChain], upTo id: Int, replacing servers: Set<String>) async throws {
    try await database.write { connection in
      // no server seals between the end of its own chain and the beginning of the archive's
      _ = try Self.chains("FOR UPDATE", [], over: connection)
      for server in servers {
        try connection.change(
          "DELETE FROM posevault_audit WHERE server = ? AND number IS NOT NULL", [.text(server)])
      }
      try Self.unseal(connection)
      let last = try connection.rows("SELECT CAST(COALESCE(MAX(id), 0) AS SIGNED) FROM posevault_audit").first?.int(0)
      if last ?? 0 < id {
        // a table's next id follows the greatest that was ever inserted; this needs no right to alter the table
        try connection.change(
          """
          INSERT INTO posevault_audit (id, at, server, caller, action, subjects, outcome, count)
          VALUES (?, 0, '', '', '', '', 0, 0)
          """, [.int(id)])
        try connection.change("DELETE FROM posevault_audit WHERE id = ?", [.int(id)])
      }
      let columns = "at, server, caller, session, client, request, action, subjects, outcome, count"
      try connection.change(
        """
        INSERT INTO posevault_audit (\(columns)) SELECT \(columns) FROM posevault_audit WHERE id <= ? ORDER BY id
        """, [.int(id)])
      try connection.change("DELETE FROM posevault_audit WHERE id <= ?", [.int(id)])
      try Self.restore(chains, connection)
    }
  }

  public func removeRestored(upTo id: Int) async throws {
    try await database.write { connection in
      _ = try Self.chains("FOR UPDATE", [], over: connection)
      try connection.change("DELETE FROM posevault_audit WHERE id <= ?", [.int(id)])
      try Self.unseal(connection)
    }
  }

  private static func unseal(_ connection: MySQLConnection) throws {
    try connection.change("UPDATE posevault_audit SET number = NULL, hash = NULL WHERE number IS NOT NULL")
    try connection.change("DELETE FROM posevault_audit_chains")
  }

  static func restore(_ chains: [AuditChain], _ connection: MySQLConnection) throws {
    for chain in chains {
      try connection.change(
        """
        INSERT INTO posevault_audit_chains (server, base_number, base_hash, head_number, head_hash)
        VALUES (?, ?, ?, ?, ?)
        """,
        [
          .text(chain.server), chain.base.map { .int($0.number) } ?? .null, chain.base.map { .text($0.hash) } ?? .null,
          chain.head.map { .int($0.number) } ?? .null, chain.head.map { .text($0.hash) } ?? .null,
        ])
    }
  }

  static func restore(_ lines: [AuditLine], _ connection: MySQLConnection) throws {
    // of some 500 bytes each, so that a statement fits into the server's `max_allowed_packet`
    for start in stride(from: 0, to: lines.count, by: rowsOfOneStatement) {
      let group = lines[start..<min(start + rowsOfOneStatement, lines.count)]
      let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      try connection.change(
        """
        INSERT INTO posevault_audit
          (id, at, server, caller, session, client, request, action, subjects, outcome, count, number, hash)
        VALUES \(repeatElement(row, count: group.count).joined(separator: ", "))
        """, group.flatMap(Self.values))
    }
  }

  private static let rowsOfOneStatement = 50

  private static func values(_ line: AuditLine) -> [MySQLValue] {
    let entry = line.entry
    return [
      .int(line.id), .int(entry.at), .text(entry.server), .text(entry.by), entry.session.map { .int($0) } ?? .null,
      entry.from.map { .text($0) } ?? .null, entry.request.map { .text($0) } ?? .null, .text(entry.action),
      .text(AuditSubjects.text(entry.subjects)), .int(entry.outcome), .int(entry.count),
      line.seal.map { .int($0.number) } ?? .null, line.seal.map { .text($0.hash) } ?? .null,
    ]
  }
}
