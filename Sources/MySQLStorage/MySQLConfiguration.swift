import CMariaDB
import PoseCore

/// Where the MySQL or MariaDB server is and how to log in.
public struct MySQLConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
  public var host: String
  public var port: Int
  public var user: String
  public var password: String
  public var database: String
  /// The path of a PEM file. If set, TLS is required and the server's certificate is verified; otherwise TLS is not
  /// used.
  public var certificateAuthority: String?
  /// The maximum number of connections, and of threads that wait for them; one more is reserved for health.
  public var maxConnections: Int
  /// How long a call waits for a free connection.
  public var waitLimit: Duration

  public init(
    host: String, port: Int = 3306, user: String, password: String, database: String,
    certificateAuthority: String? = nil, maxConnections: Int = 8, waitLimit: Duration = .seconds(2)
  ) {
    self.host = host
    self.port = port
    self.user = user
    self.password = password
    self.database = database
    self.certificateAuthority = certificateAuthority
    self.maxConnections = maxConnections
    self.waitLimit = waitLimit
  }

  /// Such as `MySQL at localhost:3306`: the password shows neither here nor in a mirror.
  public var description: String { "MySQL at \(host):\(port)" }

  public var customMirror: Mirror { Mirror(self, children: ["server": description]) }
}

extension MySQLConfiguration {
  /// An error of the server or libmariadb in the common error type, with a message for a person.
  func failure(_ error: MySQLError, nothingWasWritten: Bool = false) -> PoseVaultError {
    let (code, message) = describe(error)
    return PoseVaultError(
      code, message, cause: error, nothingWasWritten: nothingWasWritten, isLasting: error.isLasting)
  }

  private func describe(_ error: MySQLError) -> (PoseVaultError.Code, String) {
    if let message = rights(error) ?? connection(error) ?? state(error) { return (.storageUnavailable, message) }
    return (.internal, "\(self) refused a statement with error \(error.number).")
  }

  private func rights(_ error: MySQLError) -> String? {
    switch Int32(bitPattern: error.number) {
    case ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
      "\(self) refuses user '\(user)': the user or the password is wrong, or the user may not log in from this machine"
        + (certificateAuthority == nil ? ", or only with TLS (MYSQL_SSL_CA)." : ".")
    case MySQLError.accountLocked, ER_ACCOUNT_HAS_BEEN_LOCKED, ER_MUST_CHANGE_PASSWORD, ER_MUST_CHANGE_PASSWORD_LOGIN:
      "\(self) refuses user '\(user)': the account is locked or its password has expired."
    case ER_DBACCESS_DENIED_ERROR:
      "User '\(user)' has no rights on the database '\(database)' of \(self). PoseVault needs SELECT, INSERT, UPDATE and "
        + "DELETE on it, and CREATE, ALTER and INDEX to set it up."
    case ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR: missingRight(error)
    case ER_SPECIFIC_ACCESS_DENIED_ERROR: "User '\(user)' lacks a right on \(self): \(error.message)"
    default: nil
    }
  }

  /// The server's message is `RIGHT command denied to user … for table …` or `… for column … in table …`.
  private func missingRight(_ error: MySQLError) -> String {
    guard let right = error.message.firstRange(of: " command denied"),
      let object = error.message.firstRange(of: " for ")
    else {
      return "User '\(user)' lacks a right on \(self): \(error.message)"
    }
    return "User '\(user)' lacks the right \(error.message[..<right.lowerBound]) on \(self), database '\(database)',"
      + " for \(error.message[object.upperBound...])."
  }

  private func connection(_ error: MySQLError) -> String? {
    switch Int32(bitPattern: error.number) {
    case CR_CONNECTION_ERROR, CR_CONN_HOST_ERROR, CR_SOCKET_CREATE_ERROR, CR_IPSOCK_ERROR, CR_SERVER_HANDSHAKE_ERR:
      "\(self) can't be reached."
    case CR_UNKNOWN_HOST: "\(self) can't be reached: the host is unknown."
    case CR_SSL_CONNECTION_ERROR: "\(self) offers no trusted TLS connection: \(error.message)"
    case MySQLError.secureTransportRequired:
      "\(self) accepts only TLS connections: set MYSQL_SSL_CA to the file of its certificate authority."
    case CR_AUTH_PLUGIN_CANNOT_LOAD, CR_AUTH_PLUGIN_ERR, CR_PLUGIN_NOT_ALLOWED:
      "\(self) requires a login method that can't be used: \(error.message)"
    case ER_NET_PACKET_TOO_LARGE, CR_NET_PACKET_TOO_LARGE:
      "\(self) doesn't accept statements of that length: its max_allowed_packet is too small."
    case ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED:
      "\(self) accepts no more connections."
    case ER_HOST_IS_BLOCKED, ER_HOST_NOT_PRIVILEGED: "\(self) accepts no connections from this machine."
    case ER_BAD_DB_ERROR: "\(self) has no database '\(database)'."
    default: error.isConnectionLost || error.isClientError ? "The connection to \(self) was lost." : nil
    }
  }

  private func state(_ error: MySQLError) -> String? {
    if error.isOutOfIDs {
      return
        "A table of the database '\(database)' of \(self) has no id left for another row. In poses, "
        + "make room with ALTER TABLE poses MODIFY id BIGINT NOT NULL AUTO_INCREMENT; no restart is needed."
    }
    return switch Int32(bitPattern: error.number) {
    case ER_DISK_FULL, ER_RECORD_FILE_FULL, ER_ERROR_ON_WRITE, ER_TEMP_FILE_WRITE_FAILURE,
      ER_TABLESPACE_AUTO_EXTEND_ERROR:
      "\(self) can't write: its disk is full or reports an error."
    case ER_OPTION_PREVENTS_STATEMENT, ER_READ_ONLY_MODE, ER_INNODB_READ_ONLY, ER_OPEN_AS_READONLY:
      "\(self) is set to read-only."
    case ER_OUTOFMEMORY, ER_OUT_OF_RESOURCES, ER_ENGINE_OUT_OF_MEMORY, ER_MAX_PREPARED_STMT_COUNT_REACHED:
      "\(self) has run out of memory or of prepared statements."
    case ER_OUT_OF_SORTMEMORY: "\(self) can't sort its rows: its sort_buffer_size is too small."
    case ER_LOCK_DEADLOCK, ER_CHECKREAD, ER_LOCK_WAIT_TIMEOUT:
      "\(self) is busy: other changes hold the row for too long."
    case ER_QUERY_INTERRUPTED, ER_STATEMENT_TIMEOUT, MySQLError.queryTimeout:
      "\(self) took too long for a statement."
    case ER_TABLE_DEF_CHANGED: "A table of the database '\(database)' of \(self) was altered while it was read."
    case ER_NO_SUCH_TABLE, ER_NO_SUCH_TABLE_IN_ENGINE, ER_CRASHED_ON_USAGE, ER_CRASHED_ON_REPAIR,
      ER_TABLESPACE_MISSING, ER_TABLESPACE_DISCARDED:
      "A table of the database '\(database)' of \(self) is missing or damaged."
    default: nil
    }
  }
}

extension MySQLError {
  /// Whether it persists until somebody changes the database.
  fileprivate var isLasting: Bool {
    isOne(
      of: ER_NO_SUCH_TABLE, ER_BAD_FIELD_ERROR, ER_BAD_DB_ERROR, ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR,
      ER_COLUMNACCESS_DENIED_ERROR, ER_SPECIFIC_ACCESS_DENIED_ERROR)
  }
}
