/// How long the server may keep a connection waiting, each in whole seconds, which is libmariadb's unit.
struct ConnectionLimits: Sendable {
  /// To establish the connection.
  var connect: UInt32
  /// For each response, and for each piece that is sent.
  var answer: UInt32
  /// For a statement, cancelled by the server itself; 0 for no limit. MySQL limits only reads.
  var statement: UInt32
  /// For another transaction's lock on a row, or another connection's change of a table.
  var lock: UInt32

  /// For a client's request; the server gives up before the client does.
  static let request = ConnectionLimits(connect: 2, answer: 5, statement: 4, lock: 2)
  /// Health responds within 2 s.
  static let ping = ConnectionLimits(connect: 1, answer: 1, statement: 1, lock: 1)
  /// All rows are read; sums over many millions of them take minutes.
  static let snapshot = ConnectionLimits(connect: 5, answer: 600, statement: 0, lock: 10)
  /// Creating an index on a large table may take a while.
  static let migration = ConnectionLimits(connect: 5, answer: 3600, statement: 0, lock: 60)
}
