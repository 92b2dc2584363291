import CMariaDB

/// libmariadb as a whole.
enum MySQLLibrary {
  /// Set up once in the process, when it is first asked for, before any thread makes a connection.
  ///
  /// `mysql_thread_init` and `mysql_thread_end` are not called: libmariadb keeps nothing for a thread, and its versions
  /// of them are empty.
  static let isReady = mysql_server_init(0, nil, nil) == 0
}
