/// One thing that every storage must do; a storage's tests run all of them, each with a fixture of its own.
///
/// The checks throw ``ContractViolation`` instead of using a test library, so that they live in an ordinary target.
public struct StorageCheck<Fixture: Sendable>: Sendable, CustomStringConvertible {
  public let description: String
  public let run: @Sendable (Fixture) async throws -> Void

  init(_ description: String, _ run: @escaping @Sendable (Fixture) async throws -> Void) {
    self.description = description
    self.run = run
  }
}
