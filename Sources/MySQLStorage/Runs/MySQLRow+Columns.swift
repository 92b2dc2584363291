import PoseCore

extension MySQLRow {
  /// Throws `internal` unless the value is a whole number.
  func number(_ column: Int) throws -> Int64 {
    guard let number = try int(column) else {
      throw PoseVaultError(.internal, "A database row holds nothing where a number is expected.")
    }
    return number
  }

  /// Throws `internal` for NULL.
  func string(_ column: Int) throws -> String {
    guard let text = text(column) else {
      throw PoseVaultError(.internal, "A database row holds nothing where a text is expected.")
    }
    return text
  }
}

extension MySQLValue {
  static func text(_ text: String?) -> MySQLValue { text.map { .text($0) } ?? .null }

  static func int(_ number: Int64?) -> MySQLValue { number.map { .int($0) } ?? .null }
}
