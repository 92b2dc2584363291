import PoseCore

/// The database as its users see it: reads and transactions, retried when that is safe, with a single kind of error.
final class MySQLDatabase: Sendable {
  /// The number of rows in `poses`.
  let total = RowCount()
  private let configuration: MySQLConfiguration
  private let pool: ConnectionPool
  /// Its own thread and connection, so that health neither waits behind others nor hangs.
  private let pings: ConnectionPool

  init(_ configuration: MySQLConfiguration) {
    self.configuration = configuration
    pool = ConnectionPool(
      configuration, size: configuration.maxConnections, maxWaiting: 1000, waitLimit: configuration.waitLimit,
      limits: .request)
    pings = ConnectionPool(configuration, size: 1, maxWaiting: 20, waitLimit: .seconds(1), limits: .ping)
  }

  /// Connections in use.
  var load: PoolLoad { pool.load(named: "mysql") }

  /// Runs `body`, which changes nothing; it may run twice.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (MySQLConnection) throws -> Value
  ) async throws -> Value {
    try await attempts(on: pool, body)
  }

  /// Runs `body` in a transaction that is durable when this returns. `body` may run several times.
  ///
  /// - Parameter rowsAdded: how many rows of `poses` were added, given what `body` returned.
  func write<Value: Sendable>(
    rowsAdded: @escaping @Sendable (Value) -> Int = { _ in 0 },
    _ body: @escaping @Sendable (MySQLConnection) throws -> Value
  ) async throws -> Value {
    try await attempts(on: pool) { [total] connection in
      try connection.transaction {
        try body(connection)
      } committing: { value, commit in
        try total.changing(by: rowsAdded(value), commit)
      }
    }
  }

  /// As ``write(rowsAdded:_:)``, and writes the entry of ``AuditNote/current`` in the same transaction.
  ///
  /// - Parameter subjects: what was changed, given what `body` returned; empty if nothing was.
  func change<Value: Sendable>(
    rowsAdded: @escaping @Sendable (Value) -> Int = { _ in 0 },
    noting subjects: @escaping @Sendable (Value) -> [String],
    _ body: @escaping @Sendable (MySQLConnection) throws -> Value
  ) async throws -> Value {
    let note = AuditNote.current
    let value = try await write(rowsAdded: rowsAdded) { connection in
      let value = try body(connection)
      let found = subjects(value)
      if let note, !found.isEmpty { try MySQLAuditTrail.append(note.entry(of: found), connection) }
      return value
    }
    if !subjects(value).isEmpty { note?.markWritten() }
    return value
  }

  /// Adds a row to `poses` in one statement, which is a transaction of its own; returns the row's id.
  func addRow(_ sql: String, _ values: [MySQLValue]) async throws -> Int {
    try await attempts(on: pool) { [total] connection in
      try total.changing(by: 1) { try connection.changeAlone(sql, values).insertedID }
    }
  }

  /// As ``read(_:)``, within about a second, whatever else is going on.
  func ping(_ body: @escaping @Sendable (MySQLConnection) throws -> Void) async throws {
    try await attempts(on: pings, body)
  }

  /// A connection for one caller, who closes it; it is not opened yet.
  func hold() -> HeldConnection { HeldConnection(configuration, limits: .snapshot) }

  /// Waits for the calls in progress; later ones throw `shuttingDown`.
  func close() async throws {
    try await pings.close()
    try await pool.close()
  }

  private func attempts<Value: Sendable>(
    on pool: ConnectionPool, _ body: @escaping @Sendable (MySQLConnection) throws -> Value
  ) async throws -> Value {
    do {
      return try await RetryRule.attempts { number in
        let start = ContinuousClock.now
        return try await pool.run { connection in
          do {
            return try body(connection)
          } catch let error as MySQLError {
            throw RetryRule.Attempt(
              number: number, error: error, hasChanges: connection.hasChanges, duration: .now - start)
          }
        }
      }
    } catch let attempt as RetryRule.Attempt {
      throw configuration.failure(
        attempt.error, nothingWasWritten: !attempt.hasChanges || attempt.error.tellsThatNothingWasWritten)
    } catch let error as MySQLError {
      // no connection could be made
      throw configuration.failure(error, nothingWasWritten: true)
    } catch let error as UnknownOutcome {
      throw PoseVaultError(
        .storageUnavailable,
        "The connection to \(configuration) was lost during a change, which may or may not be stored.",
        cause: error.cause)
    }
  }
}
