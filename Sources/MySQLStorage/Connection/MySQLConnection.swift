import CMariaDB
import Glibc

/// One connection to the server, with the statements prepared on it. All calls block.
// Guarded by: the one thread at a time that the pool lends it to.
final class MySQLConnection: @unchecked Sendable {
  /// Whether it can be reused; false once it is lost or out of step with the server.
  private(set) var isUsable = true
  /// Whether a statement that changes something has been sent since the connection was lent, or the transaction began.
  private(set) var hasChanges = false
  private let handle: MySQLHandle
  private var statements: [String: MySQLStatement] = [:]
  /// The server's limit for a statement in bytes, once known.
  private var room: Int64?

  /// Logs in, with `database` as the default one, or with none.
  init(_ configuration: MySQLConfiguration, database: String?, limits: ConnectionLimits) throws {
    handle = try MySQLHandle()
    try handle.connect(configuration, database: database, limits: limits)
    try prepareSession(limits)
  }

  deinit {
    handle.close()
  }

  var isMariaDB: Bool { handle.isMariaDB }

  /// Its socket's file descriptor.
  var socket: Int32 { handle.socket }

  /// Whether the server has closed it, or said so, since the last response: an idle connection has nothing to read.
  var hasEnded: Bool {
    var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&watched, 1, 0) != 0
  }

  /// Call it whenever another call gets the connection.
  func beginUse() { hasChanges = false }

  /// Runs a statement that has no values and returns no rows.
  func execute(_ sql: String) throws {
    try watching { try handle.execute(sql) }
  }

  /// Runs a statement that changes something.
  @discardableResult
  func change(_ sql: String, _ values: [MySQLValue] = []) throws -> MySQLStatement.Outcome {
    try watching {
      try requireRoom(for: values)
      let statement = try prepared(sql)
      hasChanges = true
      return try statement.run(values)
    }
  }

  /// The same, for a statement that is a transaction of its own.
  func changeAlone(_ sql: String, _ values: [MySQLValue]) throws -> MySQLStatement.Outcome {
    try knowingOutcome { try change(sql, values) }
  }

  /// Calls `body` for each row as it arrives; it must not use the connection.
  func forEach(_ sql: String, _ values: [MySQLValue] = [], _ body: (MySQLRow) throws -> Void) throws {
    try watching { try prepared(sql).forEach(values, body) }
  }

  func rows(_ sql: String, _ values: [MySQLValue] = []) throws -> [MySQLRow] {
    var rows: [MySQLRow] = []
    try forEach(sql, values) { rows.append($0) }
    return rows
  }

  /// For statements that may read a whole index: the statement is prepared for this call only.
  ///
  /// When MariaDB (observed with 10.11) reruns a prepared statement alongside another connection's statement on the
  /// same table, it can conclude that no index covers the query, and read whole rows: a hundred times as long.
  func rowsByNewPlan(_ sql: String, _ values: [MySQLValue]) throws -> [MySQLRow] {
    try watching {
      var rows: [MySQLRow] = []
      try MySQLStatement(handle, sql).forEach(values) { rows.append($0) }
      return rows
    }
  }

  /// Runs `body` in a transaction; any error rolls it back. Work around the commit can be done in `committing`.
  func transaction<Value>(
    _ start: String = "START TRANSACTION", _ body: () throws -> Value,
    committing: (Value, _ commit: () throws -> Void) throws -> Void = { _, commit in try commit() }
  ) throws -> Value {
    hasChanges = false
    try execute(start)
    do {
      let value = try body()
      try committing(value, commit)
      return value
    } catch {
      // a connection that can't roll back is not used again, and the server rolls back when it ends
      if isUsable { try? execute("ROLLBACK") }
      throw error
    }
  }

  private func commit() throws {
    try knowingOutcome { try execute("COMMIT") }
  }

  private func knowingOutcome<Value>(_ commit: () throws -> Value) throws -> Value {
    do {
      return try commit()
    } catch let error as MySQLError where hasChanges && !isUsable {
      throw UnknownOutcome(cause: error)
    }
  }

  /// The session's settings don't depend on how the server is set. One that ignores the client's charset, or sets
  /// another by `init_connect`, would put a question mark for each character that it lacks; others would refuse
  /// statements without a key in their condition, end answers after a few rows, look for the last id instead of NULL,
  /// read only, or make tables without transactions.
  private func prepareSession(_ limits: ConnectionLimits) throws {
    // with "multi-range read", MySQL 9 reads the rows, too, of an index that holds all that is asked for; and it else
    // tells a table's next id as it was up to a day ago
    let ofFlavor =
      handle.isMariaDB
      ? "max_statement_time = \(limits.statement)"
      : "max_execution_time = \(limits.statement * 1000), information_schema_stats_expiry = 0"
    try execute(
      """
      SET SESSION character_set_client = utf8mb4, character_set_results = utf8mb4, \
      collation_connection = utf8mb4_general_ci, time_zone = '+00:00', \
      sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,\
      NO_AUTO_VALUE_ON_ZERO', optimizer_switch = 'mrr=off', \
      innodb_lock_wait_timeout = \(limits.lock), lock_wait_timeout = \(limits.lock), autocommit = 1, \
      sql_safe_updates = 0, sql_select_limit = 18446744073709551615, sql_big_selects = 1, sql_auto_is_null = 0, \
      completion_type = 'NO_CHAIN', foreign_key_checks = 1, unique_checks = 1, default_storage_engine = InnoDB, \
      \(ofFlavor)
      """)
    // gaps between rows are locked too, so that no row can join those of a picture while they are looked at
    try execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE")
  }

  /// Throws if the server would close the connection instead of reading that much, without reporting whether it did.
  private func requireRoom(for values: [MySQLValue]) throws {
    let length = values.reduce(0) { $0 + $1.length }
    guard length > Self.certainRoom else { return }
    if room == nil { room = try rows("SELECT @@max_allowed_packet").first?.int(0) }
    // names and types of the values go with them
    guard let room, length + 16 * values.count + 1024 > room else { return }
    throw MySQLError(
      number: UInt32(ER_NET_PACKET_TOO_LARGE), message: "\(length) bytes for max_allowed_packet = \(room)")
  }

  /// In bytes; no server in use accepts less.
  private static let certainRoom = 200_000

  private func prepared(_ sql: String) throws -> MySQLStatement {
    if let statement = statements[sql] { return statement }
    let statement = try MySQLStatement(handle, sql)
    statements[sql] = statement
    return statement
  }

  private func watching<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as MySQLError {
      if error.isConnectionLost || error.isClientError { isUsable = false }
      throw error
    }
  }
}

/// The connection was lost while the server was committing: it may or may not have done so.
struct UnknownOutcome: Error {
  let cause: MySQLError
}
