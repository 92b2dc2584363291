import PoseCore
import Synchronization

/// How often each key may request one kind of work. Callers who need no key have no limit.
public final class KeyRate: Sendable {
  /// For the client, such as `uploads`.
  public let name: String
  private let perMinute: Int
  private let buckets = Mutex<[Caller.Proof: TokenBucket]>([:])

  /// - Parameter perMinute: also the size of a burst; 0 for no limit.
  public init(_ name: String, perMinute: Int) {
    self.name = name
    self.perMinute = perMinute
  }

  /// Throws `tooManyRequests` if the caller's key has used up its share.
  public func take(_ caller: Caller, at now: ContinuousClock.Instant) throws {
    guard perMinute > 0, caller.proof != .nothing else { return }
    let wait = buckets.withLock { buckets -> Duration? in
      // one for each key that has ever been made, at most
      var bucket =
        buckets[caller.proof]
        ?? TokenBucket(burst: Double(perMinute), pause: .seconds(60) / perMinute, at: now)
      let mayGoOn = bucket.take(at: now)
      buckets[caller.proof] = bucket
      return mayGoOn ? nil : bucket.wait(at: now)
    }
    guard let wait else { return }
    let seconds = Int(wait.components.seconds) + 1
    throw PoseVaultError(
      .tooManyRequests, "This key has reached its limit of \(perMinute) \(name) per minute. Try again later.",
      details: ["retryAfter": "\(seconds)"])
  }
}
