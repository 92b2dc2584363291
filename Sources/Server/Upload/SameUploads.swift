import Synchronization

/// Has uploads of the same bytes to this server take turns, so that the second finds what the first has stored.
///
/// What waits is bounded by the memory that uploads may take.
final class SameUploads: Sendable {
  /// Of each picture that somebody works on, those who wait for their turn.
  private let waiting = Mutex<[String: [CheckedContinuation<Void, Never>]]>([:])

  /// - Parameter sha256: of the picture.
  func takingTurns<Value: Sendable>(_ sha256: String, _ body: () async throws -> Value) async throws -> Value {
    await withCheckedContinuation { turn in
      let isFree = waiting.withLock { waiting in
        guard waiting[sha256] != nil else {
          waiting[sha256] = []
          return true
        }
        waiting[sha256]?.append(turn)
        return false
      }
      if isFree { turn.resume() }
    }
    defer { pass(sha256) }
    try Task.checkCancellation()
    return try await body()
  }

  private func pass(_ sha256: String) {
    let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
      guard waiting[sha256]?.isEmpty == false else {
        waiting[sha256] = nil
        return nil
      }
      return waiting[sha256]?.removeFirst()
    }
    next?.resume()
  }
}
