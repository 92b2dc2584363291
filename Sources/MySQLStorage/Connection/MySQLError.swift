import CMariaDB
import PoseCore

/// An error from the server or libmariadb. Their messages never contain a password, but may contain a value of a
/// statement.
struct MySQLError: Error, CustomStringConvertible {
  let number: UInt32
  let message: String

  /// For the log, without the rejected value, which may be a file's name.
  var description: String { "\(isOfValue || isOne(of: ER_DUP_ENTRY) ? withoutValue : message) (MySQL error \(number))" }

  /// The text around the value in `Duplicate entry '…' for key 'k'` and the like. By bytes: next to a combining mark of
  /// the value, a quote is not a character of its own.
  private var withoutValue: String {
    let bytes = Array(message.utf8)
    guard let start = bytes.firstIndex(of: UInt8(ascii: "'")) else { return message }
    let ends = [" for key ", " for column ", " at row "].compactMap { Self.last(Array($0.utf8), in: bytes) }
    let before = EscapedText.text(bytes[..<start]) + "…"
    guard let end = ends.min(), start < end else { return before }
    return before + EscapedText.text(bytes[end...])
  }

  private static func last(_ words: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= words.count else { return nil }
    return (0...bytes.count - words.count).last { bytes[$0..<$0 + words.count].elementsEqual(words) }
  }

  func isOne(of numbers: Int32...) -> Bool { numbers.contains(Int32(bitPattern: number)) }

  /// The connection is lost; what the server did with the last statement is unknown.
  var isConnectionLost: Bool {
    isOne(
      of: CR_SERVER_GONE_ERROR, CR_SERVER_LOST, CR_SERVER_LOST_EXTENDED, CR_ERR_NET_READ, CR_ERR_NET_WRITE,
      ER_SERVER_SHUTDOWN, ER_CONNECTION_KILLED, Self.idleForTooLong)
  }

  /// Reported by libmariadb rather than by the server.
  var isClientError: Bool {
    (UInt32(CR_MIN_ERROR)...UInt32(CR_MAX_ERROR)).contains(number)
      || (UInt32(CER_MIN_ERROR)...UInt32(CER_MAX_ERROR)).contains(number)
  }

  /// The server has refused the statement, and rolls back what its transaction did; or libmariadb has not sent it.
  /// Failures in the middle of a commit are not included.
  var tellsThatNothingWasWritten: Bool {
    if isOne(of: CR_NET_PACKET_TOO_LARGE) { return true }
    return !isConnectionLost && !isClientError
      && !isOne(of: ER_ERROR_DURING_COMMIT, ER_ERROR_DURING_ROLLBACK, Self.replicationHookFailed)
  }

  /// The server has rolled the transaction back so that another one could continue. The second is MariaDB's when it
  /// isolates snapshots strictly, its default from 11.6 on.
  var isDeadlock: Bool { isOne(of: ER_LOCK_DEADLOCK, ER_CHECKREAD) }

  var isLockTimeout: Bool { isOne(of: ER_LOCK_WAIT_TIMEOUT) }

  /// No id is left for a new row. MySQL assigns the last one again, which is then a duplicate; the one statement that
  /// supplies its own ids, a restore's, reports duplicates itself.
  var isOutOfIDs: Bool {
    isOne(of: ER_AUTOINC_READ_FAILED, Self.idOutOfRange) || isOne(of: ER_DUP_ENTRY) && message.hasSuffix("PRIMARY'")
  }

  /// A value of the statement is invalid for its column.
  var isOfValue: Bool {
    isOne(
      of: ER_TRUNCATED_WRONG_VALUE, ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ER_WARN_DATA_OUT_OF_RANGE, ER_DATA_TOO_LONG,
      ER_CONSTRAINT_FAILED, Self.invalidJSON)
  }

  /// From a storage engine, passed on by MariaDB.
  static let idOutOfRange: Int32 = 167
  // Numbers of MySQL 8 that MariaDB's header lacks.
  static let queryTimeout: Int32 = 3024
  static let idleForTooLong: Int32 = 4031
  static let accountLocked: Int32 = 3118
  static let secureTransportRequired: Int32 = 3159
  static let invalidJSON: Int32 = 3140
  /// From a group of servers that did not agree on a commit in time.
  static let replicationHookFailed: Int32 = 3100
}
