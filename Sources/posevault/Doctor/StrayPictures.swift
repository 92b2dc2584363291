/// Files or chunks that belong to no picture, as a crash in the middle of an upload may leave them.
protocol StrayPictures: Sendable {
  /// Their names, if written before `seconds` since 1970.
  func strays(before seconds: Int64) async throws -> [String]

  /// Removes those of `strays` that still are, and returns their number.
  func remove(strays: [String]) async throws -> Int
}
