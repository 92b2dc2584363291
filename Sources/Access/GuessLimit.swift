import Synchronization

/// Limits how many wrong keys come from one place.
///
/// Whoever guesses need not wait for an answer that comes late, so beyond the limit a key that could be guessed must not
/// be looked at. A key of 256 bits can't be, and is looked at always. A place that has shown the right one before has as
/// many guesses again: so others there can't lock it out at once, nor guess for ever.
public final class GuessLimit<Place: Hashable & Sendable>: Sendable {
  private struct State {
    var buckets: [Place: TokenBucket] = [:]
    /// Of places that have shown the right key.
    var trusted: [Place: TokenBucket] = [:]
    var delayed = 0
  }

  /// From what a key was taken, for ``giveBack(_:to:at:)``.
  public enum Share: Sendable, Hashable {
    case everybodys
    case trusted
    /// Nothing is left; until one is.
    case none(wait: Duration)
  }

  /// The number of places counted separately.
  private static var mostPlaces: Int { 10_000 }
  /// The number of responses delayed at once.
  private static var mostDelayed: Int { 64 }

  private let burst: Double
  private let pause: Duration
  private let state = Mutex(State())

  /// - Parameters:
  ///   - burst: wrong keys at once.
  ///   - pause: until another one is allowed.
  public init(burst: Int = 20, pause: Duration = .seconds(3)) {
    self.burst = Double(burst)
    self.pause = pause
  }

  /// Counts keys as wrong, before they are looked at: so that of many at once no more are than the limit allows. Those
  /// that turn out right are given back.
  public func take(_ count: Int, from place: Place, at now: ContinuousClock.Instant) -> Share {
    state.withLock { state in
      if state.buckets.count >= Self.mostPlaces, state.buckets[place] == nil { Self.makeRoom(&state.buckets, at: now) }
      var bucket = state.buckets[place] ?? TokenBucket(burst: burst, pause: pause, at: now)
      let isWithin = bucket.take(count, at: now)
      state.buckets[place] = bucket
      if isWithin { return .everybodys }
      if state.trusted[place]?.take(count, at: now) == true { return .trusted }
      return .none(wait: bucket.wait(at: now))
    }
  }

  public func giveBack(_ count: Int, of share: Share, to place: Place, at now: ContinuousClock.Instant) {
    guard count > 0 else { return }
    state.withLock { state in
      switch share {
      case .everybodys:
        state.buckets[place]?.giveBack(count, at: now)
        if state.buckets[place]?.isFull(at: now) == true { state.buckets[place] = nil }
      case .trusted: state.trusted[place]?.giveBack(count, at: now)
      case .none: break
      }
    }
  }

  /// The place has shown a key that is right, and could be guessed.
  public func noteRight(from place: Place, at now: ContinuousClock.Instant) {
    state.withLock { state in
      guard state.trusted[place] == nil else { return }
      if state.trusted.count >= Self.mostPlaces { Self.makeRoom(&state.trusted, at: now) }
      state.trusted[place] = TokenBucket(burst: burst, pause: pause, at: now)
    }
  }

  /// How many are remembered.
  var places: Int { state.withLock { $0.buckets.count } }

  /// Delays a response, unless too many are delayed already; returns whether it did.
  public func delay(for time: Duration) async -> Bool {
    let mayWait = state.withLock { state in
      guard state.delayed < Self.mostDelayed else { return false }
      state.delayed += 1
      return true
    }
    guard mayWait else { return false }
    defer { state.withLock { $0.delayed -= 1 } }
    try? await Task.sleep(for: time)
    return true
  }

  /// Forgets places that have been quiet, and where there are none, all of them.
  private static func makeRoom(_ buckets: inout [Place: TokenBucket], at now: ContinuousClock.Instant) {
    buckets = buckets.filter { !$0.value.isFull(at: now) }
    if buckets.count >= mostPlaces { buckets = [:] }
  }
}

/// Allows a burst of calls at once, and then one after each pause.
public struct TokenBucket: Sendable {
  private let burst: Double
  private let pause: Duration
  private var left: Double
  private var countedAt: ContinuousClock.Instant

  public init(burst: Double, pause: Duration, at now: ContinuousClock.Instant) {
    self.burst = burst
    self.pause = pause
    left = burst
    countedAt = now
  }

  public func tokens(at now: ContinuousClock.Instant) -> Double { min(burst, left + (now - countedAt) / pause) }

  public func isFull(at now: ContinuousClock.Instant) -> Bool { tokens(at: now) >= burst }

  /// Whether `count` calls may go on; where they may not, that costs nothing.
  public mutating func take(_ count: Int = 1, at now: ContinuousClock.Instant) -> Bool {
    left = tokens(at: now)
    countedAt = now
    guard left >= Double(count) else { return false }
    left -= Double(count)
    return true
  }

  /// Calls that did not count after all.
  public mutating func giveBack(_ count: Int, at now: ContinuousClock.Instant) {
    left = min(burst, tokens(at: now) + Double(count))
    countedAt = now
  }

  /// Until the next call may go on.
  public func wait(at now: ContinuousClock.Instant) -> Duration { pause * max(0, 1 - tokens(at: now)) }
}
