/// Picture files that no storage knows, as a crash may leave them.
protocol StrayFiles: Sendable {
  /// Their names, if last written before `seconds` since 1970.
  func strays(before seconds: Int64) async throws -> [String]

  /// Removes those of `strays` that still are, and returns their number.
  func remove(strays: [String]) async throws -> Int
}
