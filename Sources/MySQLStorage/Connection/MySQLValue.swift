import PoseCore

/// A value for a statement or from a row.
enum MySQLValue: Sendable, Hashable {
  case null
  case int(Int64)
  case double(Double)
  /// Text in UTF-8; JSON, decimals and times also arrive as text.
  case bytes([UInt8])

  /// In bytes.
  var length: Int {
    if case .bytes(let bytes) = self { bytes.count } else { 8 }
  }

  static func text(_ text: String) -> MySQLValue { .bytes(Array(text.utf8)) }

  static func int(_ number: Int) -> MySQLValue { .int(Int64(number)) }
}

/// One row of a result; each column is nil for NULL.
struct MySQLRow: Sendable {
  let values: [MySQLValue]

  /// Throws `internal` unless the value is an integer.
  func int(_ column: Int) throws -> Int64? {
    switch values[column] {
    case .null: return nil
    case .int(let number): return number
    case .double(let number):
      guard let number = Int64(exactly: number) else { throw Self.unexpected }
      return number
    case .bytes(let digits):
      guard let number = Int64(String(decoding: digits, as: UTF8.self)) else { throw Self.unexpected }
      return number
    }
  }

  /// Throws `internal` unless the value is a number.
  func double(_ column: Int) throws -> Double? {
    if case .double(let number) = values[column] { return number }
    return try int(column).map { Double($0) }
  }

  func bytes(_ column: Int) -> [UInt8]? {
    switch values[column] {
    case .null: nil
    case .int(let number): Array(number.description.utf8)
    case .double(let number): Array(number.description.utf8)
    case .bytes(let bytes): bytes
    }
  }

  /// Invalid UTF-8 is replaced.
  func text(_ column: Int) -> String? { bytes(column).map(EscapedText.text) }

  private static let unexpected = PoseVaultError(.internal, "A database row holds a value of an unexpected type.")
}
