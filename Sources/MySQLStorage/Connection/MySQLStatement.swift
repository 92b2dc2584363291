import CMariaDB
import PoseCore

/// A prepared statement of one connection; the only place that calls `mysql_stmt_*`.
///
/// Values and results go through buffers that live from before they are bound until the call that uses them is over.
final class MySQLStatement {
  private let handle: UnsafeMutablePointer<MYSQL_STMT>
  private let connection: MySQLHandle

  init(_ connection: MySQLHandle, _ sql: String) throws {
    guard let handle = mysql_stmt_init(connection.pointer) else {
      throw PoseVaultError(.storageUnavailable, "There is no memory for a database statement.")
    }
    self.handle = handle
    self.connection = connection
    guard mysql_stmt_prepare(handle, sql, UInt(sql.utf8.count)) == 0 else { throw error }
  }

  deinit {
    mysql_stmt_close(handle)
  }

  /// The effect of a statement without rows.
  struct Outcome: Sendable {
    /// Rows found, whether or not they changed.
    let rows: Int
    /// The id that the table assigned to an inserted row.
    let insertedID: Int
  }

  func run(_ values: [MySQLValue]) throws -> Outcome {
    try execute(values)
    defer { mysql_stmt_free_result(handle) }
    return Outcome(
      rows: Int(truncatingIfNeeded: mysql_stmt_affected_rows(handle)),
      insertedID: Int(truncatingIfNeeded: mysql_stmt_insert_id(handle)))
  }

  /// Calls `body` for each row as it arrives; if it throws, the remaining rows are skipped.
  func forEach(_ values: [MySQLValue], _ body: (MySQLRow) throws -> Void) throws {
    try execute(values)
    defer { mysql_stmt_free_result(handle) }
    let columns = ResultColumns(mariadb_stmt_fetch_fields(handle), count: Int(mysql_stmt_field_count(handle)))
    guard mysql_stmt_bind_result(handle, columns.binds) == 0 else { throw error }
    while true {
      switch mysql_stmt_fetch(handle) {
      // text is bound without room, so that its length is known before room is made for it
      case 0, MYSQL_DATA_TRUNCATED: try body(MySQLRow(values: try (0..<columns.count).map { try value($0, columns) }))
      case MYSQL_NO_DATA: return
      default: throw error
      }
    }
  }

  private func execute(_ values: [MySQLValue]) throws {
    guard values.count == Int(mysql_stmt_param_count(handle)) else {
      throw PoseVaultError(.internal, "A database statement was given a wrong number of values.")
    }
    let parameters = Parameters(values)
    guard values.isEmpty || mysql_stmt_bind_param(handle, parameters.binds) == 0,
      mysql_stmt_execute(handle) == 0
    else { throw error }
    withExtendedLifetime(parameters) {}
  }

  private func value(_ column: Int, _ columns: ResultColumns) throws -> MySQLValue {
    if columns.isNull[column] != 0 { return .null }
    switch columns.binds[column].buffer_type {
    case MYSQL_TYPE_LONGLONG: return .int(columns.numbers[column])
    case MYSQL_TYPE_DOUBLE: return .double(Double(bitPattern: UInt64(bitPattern: columns.numbers[column])))
    default: return try text(column, length: Int(columns.lengths[column]))
    }
  }

  private func text(_ column: Int, length: Int) throws -> MySQLValue {
    guard length > 0 else { return .bytes([]) }
    return .bytes(
      try [UInt8](unsafeUninitializedCapacity: length) { buffer, used in
        var bind = MYSQL_BIND()
        bind.buffer_type = MYSQL_TYPE_STRING
        bind.buffer = UnsafeMutableRawPointer(buffer.baseAddress)
        bind.buffer_length = UInt(length)
        guard mysql_stmt_fetch_column(handle, &bind, UInt32(column), 0) == 0 else { throw error }
        used = length
      })
  }

  /// Only the connection knows of an error that arrives in place of a row.
  private var error: MySQLError {
    let number = mysql_stmt_errno(handle)
    return number == 0
      ? connection.error : MySQLError(number: number, message: EscapedText.text(cString: mysql_stmt_error(handle)))
  }
}
