/// How often temporary failures are retried, and the pauses in between.
public struct S3Patience: Sendable {
  /// Including the first one; at least 1.
  public var attempts: Int
  /// The maximum before the second attempt; doubled with each.
  public var first: Duration
  public var longest: Duration
  /// The longest wait that a server may ask for in `Retry-After`, in seconds; if it asks for more, there is no retry.
  public var longestAsked: Int

  public init(
    attempts: Int = 6, first: Duration = .milliseconds(250), longest: Duration = .seconds(20), longestAsked: Int = 120
  ) {
    self.attempts = attempts
    self.first = first
    self.longest = longest
    self.longestAsked = longestAsked
  }

  /// A single attempt.
  public static let none = S3Patience(attempts: 1)

  /// How long to wait after `attempt` attempts; nil to give up. Random, so that many clients that were turned away
  /// together don't come back together.
  ///
  /// - Parameter asked: the wait that the server asks for, in seconds.
  func pause(after attempt: Int, asked: Int?, chance: Double = .random(in: 0...1)) -> Duration? {
    guard attempt < attempts, asked ?? 0 <= longestAsked else { return nil }
    let most = min(first * (1 << min(attempt - 1, 20)), longest)
    return .seconds(max(asked ?? 0, 0)) + most * chance
  }
}
