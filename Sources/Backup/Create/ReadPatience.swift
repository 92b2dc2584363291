import PoseCore
import Synchronization

/// How long a run goes on asking a store that does not answer, such as a database that is started anew.
struct ReadPatience: Sendable {
  /// In all, without anything being read.
  var limit = Duration.seconds(300)
  /// Between two attempts; each is twice as long as the one before.
  var firstPause = Duration.seconds(1)
  var longestPause = Duration.seconds(20)
  /// Of one thing, even if each got on.
  var maxAttempts = 50

  /// Runs `body` until the store answers; what it reads, it reads again from its start.
  ///
  /// - Parameter body: calls what it is given whenever it got on.
  ///
  /// Throws `body`'s error, with the last one as its cause where it was tried again.
  func run<Value>(_ body: (_ gotOn: @escaping @Sendable () -> Void) async throws -> Value) async throws -> Value {
    let failure = Failure()
    var pause = firstPause
    var attempt = 1
    while true {
      do {
        return try await body { failure.since.withLock { $0 = nil } }
      } catch let error as PoseVaultError where error.mayPass {
        let now = ContinuousClock.now
        let earlier = failure.since.withLock { instant in
          defer { instant = instant ?? now }
          return instant
        }
        if earlier == nil { pause = firstPause }
        let since = earlier ?? now
        guard now + pause - since <= limit, attempt < maxAttempts else {
          guard attempt > 1 else { throw error }
          throw PoseVaultError(
            error.code, "\(error.message) It was tried \(attempt) times, for \((now - since).components.seconds) s.",
            details: error.details, cause: error)
        }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, longestPause)
        attempt += 1
      }
    }
  }

  private final class Failure: Sendable {
    /// When the store last stopped to answer; nil while it does.
    let since = Mutex<ContinuousClock.Instant?>(nil)
  }
}

extension PoseVaultError {
  /// Whether the store may answer when it is asked again.
  fileprivate var mayPass: Bool { (code == .storageUnavailable || code == .queueFull) && !isLasting }
}
