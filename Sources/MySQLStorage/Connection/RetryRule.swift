/// Which failed attempts are retried: only those that can't have written anything.
enum RetryRule {
  /// What is known about a failed attempt.
  struct Attempt: Error {
    /// 1 for the first.
    var number: Int
    var error: MySQLError
    /// Whether a statement that changes something was sent.
    var hasChanges: Bool
    var duration: Duration
  }

  enum Decision: Equatable {
    case giveUp
    case again(after: Duration)
  }

  /// Retries until an attempt doesn't end in an ``Attempt`` that may be retried; throws the last one's error.
  static func attempts<Value: Sendable>(_ attempt: (_ number: Int) async throws -> Value) async throws -> Value {
    var number = 1
    while true {
      do {
        return try await attempt(number)
      } catch let failed as Attempt {
        guard case .again(let pause) = decide(failed) else { throw failed }
        try await Task.sleep(for: pause)
        number += 1
      }
    }
  }

  static func decide(_ attempt: Attempt) -> Decision {
    // the server has rolled these back, and says so
    if attempt.error.isDeadlock, attempt.number < 6 {
      return .again(after: .milliseconds(Int.random(in: 1...(10 << attempt.number))))
    }
    if attempt.error.isLockTimeout, attempt.number < 2 { return .again(after: .zero) }
    // a server that has hung won't answer the next time either
    if attempt.error.isConnectionLost, !attempt.hasChanges, attempt.number < 2, attempt.duration < .seconds(1) {
      return .again(after: .zero)
    }
    return .giveUp
  }
}
