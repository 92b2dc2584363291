import CMariaDB
import PoseCore

/// libmariadb's handle of one connection: logging in, statements without values, closing. All calls block.
final class MySQLHandle {
  let pointer: UnsafeMutablePointer<MYSQL>
  private var isOpen = true

  /// Not connected yet.
  init() throws {
    guard MySQLLibrary.isReady, let pointer = mysql_init(nil) else {
      throw PoseVaultError(.storageUnavailable, "The MySQL client library can't be set up.")
    }
    self.pointer = pointer
  }

  deinit {
    close()
  }

  /// Statements prepared on it may only be released afterwards.
  func close() {
    guard isOpen else { return }
    isOpen = false
    mysql_close(pointer)
  }

  /// Logs in over TCP, with `database` as the default one, or with none.
  func connect(_ configuration: MySQLConfiguration, database: String?, limits: ConnectionLimits) throws {
    set(MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_TCP.rawValue)
    set(MYSQL_OPT_CONNECT_TIMEOUT, limits.connect)
    set(MYSQL_OPT_READ_TIMEOUT, limits.answer)
    set(MYSQL_OPT_WRITE_TIMEOUT, limits.answer)
    set(MYSQL_OPT_LOCAL_INFILE, UInt32(0))
    mysql_options(pointer, MYSQL_SET_CHARSET_NAME, "utf8mb4")
    if let certificateAuthority = configuration.certificateAuthority {
      mysql_options(pointer, MYSQL_OPT_SSL_CA, certificateAuthority)
    } else {
      // else whoever answers could ask for the password in clear text
      mysql_options(pointer, MARIADB_OPT_RESTRICTED_AUTH, Self.methodsWithoutTLS)
    }
    let wantsTLS: my_bool = configuration.certificateAuthority == nil ? 0 : 1
    set(MYSQL_OPT_SSL_ENFORCE, wantsTLS)
    set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, wantsTLS)
    let connected = mysql_real_connect(
      pointer, configuration.host, configuration.user, configuration.password, database, UInt32(configuration.port),
      nil, UInt(CLIENT_FOUND_ROWS))
    guard connected != nil else { throw error }
  }

  var isMariaDB: Bool { mariadb_connection(pointer) != 0 }

  var socket: Int32 { mysql_get_socket(pointer) }

  /// Runs a statement that returns no rows.
  func execute(_ sql: String) throws {
    guard mysql_real_query(pointer, sql, UInt(sql.utf8.count)) == 0 else { throw error }
  }

  /// The last call's error.
  var error: MySQLError {
    MySQLError(number: mysql_errno(pointer), message: EscapedText.text(cString: mysql_error(pointer)))
  }

  private func set<Value>(_ option: mysql_option, _ value: Value) {
    _ = withUnsafePointer(to: value) { mysql_options(pointer, option, $0) }
  }

  private static let methodsWithoutTLS =
    "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519"
}
