/// Makes the throwaway databases into which a backup's rows are restored to prove it.
public protocol ScratchStore: Sendable {
  /// Runs `body` with an empty pose database in `folder`, which must not exist yet and is gone afterwards.
  ///
  /// What is stored there need not survive a power loss.
  func withPoses<Value: Sendable>(
    in folder: String, _ body: @Sendable (any ArchivablePoses) async throws -> Value
  ) async throws -> Value
}
