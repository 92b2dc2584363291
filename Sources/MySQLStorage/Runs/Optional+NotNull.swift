import PoseCore

extension Optional {
  /// The value of a column that never contains NULL; throws `internal` if it does.
  func notNull() throws -> Wrapped {
    guard let self else { throw PoseVaultError(.internal, "A database row lacks a required value.") }
    return self
  }
}
