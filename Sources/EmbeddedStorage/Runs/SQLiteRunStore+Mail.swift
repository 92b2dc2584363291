import GRDB
public import PoseCore

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
        """, [now, now, host, now - QueuedMail.hostLimit], db)
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
      return try Self.mails("WHERE id = ?", [id], db).first
    }
  }

  @discardableResult
  public func putBack(_ mail: QueuedMail, dueAt: Int64, failure: String) async throws -> Bool {
    try await update(mail, "due_at = ?, free_at = 0, failure = ?, content = ?", [dueAt, failure, mail.mail.content])
  }

  @discardableResult
  public func giveUp(_ mail: QueuedMail, failure: String, at now: Int64) async throws -> Bool {
    try await update(mail, "given_up_at = ?, free_at = 0, failure = ?, content = ?", [now, failure, mail.mail.content])
  }

  /// The number of attempts tells whether the mail still belongs to the sender that took it.
  private func update(_ mail: QueuedMail, _ change: String, _ arguments: StatementArguments) async throws -> Bool {
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
    try await database.read { db in try Self.mails("ORDER BY id LIMIT ?", [max(limit, 0)], db) }
  }

  private static func mails(_ clause: String, _ arguments: StatementArguments, _ db: Database) throws -> [QueuedMail] {
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
