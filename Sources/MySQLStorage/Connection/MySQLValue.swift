import PoseCore

/// A value on its way to a statement or from a row.
enum MySQLValue: Sendable, Hashable {
  case null
  case int(Int64)
  /// Text in UTF-8; JSON, decimals and times come as text too.
  case bytes([UInt8])

  static func text(_ text: String) -> MySQLValue { .bytes(Array(text.utf8)) }

  static func int(_ number: Int) -> MySQLValue { .int(Int64(number)) }
}

/// One row of a result.
struct MySQLRow: Sendable {
  let values: [MySQLValue]

  /// nil for NULL. Throws `internal` unless the value is a whole number.
  func int(_ column: Int) throws -> Int64? {
    switch values[column] {
    case .null: return nil
    case .int(let number): return number
    case .bytes(let digits):
      guard let number = Int64(String(decoding: digits, as: UTF8.self)) else {
        throw PoseVaultError(.internal, "A database row holds text where a number is expected.")
      }
      return number
    }
  }

  /// Empty for NULL.
  func bytes(_ column: Int) -> [UInt8] {
    switch values[column] {
    case .null: []
    case .int(let number): Array(number.description.utf8)
    case .bytes(let bytes): bytes
    }
  }

  /// Empty for NULL; what is not UTF-8 is replaced.
  func text(_ column: Int) -> String { String(decoding: bytes(column), as: UTF8.self) }
}
