public import PoseCore

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
      return try Self.mails("WHERE id = ? FOR UPDATE", [.int(id)], connection).first
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
      return try Self.mails("WHERE id = ? FOR UPDATE", [.int(id)], connection).first
    }
  }

  @discardableResult
  public func putBack(_ mail: QueuedMail, dueAt: Int64, failure: String) async throws -> Bool {
    try await update(
      mail, "due_at = ?, free_at = 0, failure = ?, content = ?",
      [.int(dueAt), .text(failure), .text(mail.mail.content)])
  }

  @discardableResult
  public func giveUp(_ mail: QueuedMail, failure: String, at now: Int64) async throws -> Bool {
    try await update(
      mail, "given_up_at = ?, free_at = 0, failure = ?, content = ?",
      [.int(now), .text(failure), .text(mail.mail.content)])
  }

  /// The number of attempts tells whether the mail still belongs to the sender that took it.
  private func update(_ mail: QueuedMail, _ change: String, _ values: [MySQLValue]) async throws -> Bool {
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
    try await database.read { connection in try Self.mails("ORDER BY id LIMIT ?", [.int(max(limit, 0))], connection) }
  }

  private static func mails(
    _ clause: String, _ values: [MySQLValue], _ connection: MySQLConnection
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
