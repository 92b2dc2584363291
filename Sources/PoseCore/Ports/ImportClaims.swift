/// Keeps two imports, of this or any other process on the same storage, from storing one picture at the same time.
///
/// A claim ends with the process that holds it.
public protocol ImportClaims: Sendable {
  /// Whether the caller may check whether a picture of this name is stored, and store it; false while another process
  /// does so. A process claims a name only once at a time.
  func claim(_ name: String) async throws -> Bool

  /// Releases a claimed name.
  func release(_ name: String) async
}

extension ImportClaims {
  /// Runs `body` while nobody else works on the name.
  public func holding<Value: Sendable>(
    _ name: String, _ body: () async throws -> Value
  ) async throws -> Value {
    // another process needs as long as a picture takes
    while try await !claim(name) { try await Task.sleep(for: .milliseconds(100)) }
    do {
      let value = try await body()
      await release(name)
      return value
    } catch {
      await release(name)
      throw error
    }
  }
}
