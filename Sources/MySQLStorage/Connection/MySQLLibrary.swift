import CMariaDB

/// libmariadb as a whole.
enum MySQLLibrary {
  /// Initialized once per process, on first use, before any thread opens a connection.
  ///
  /// `mysql_thread_init` and `mysql_thread_end` are not called: libmariadb keeps no per-thread state, and its versions
  /// of them are empty.
  static let isReady = mysql_server_init(0, nil, nil) == 0
}
