import Synchronization

/// Limits how many wrong keys come from one place.
///
/// Somebody guessing need not wait for a delayed response, so beyond the limit a key that could be guessed must not be
/// checked at all. A key of 256 bits can't be guessed and is always checked; so is one from a place that has already
/// sent the right one.
public final class GuessLimit<Place: Hashable & Sendable>: Sendable {
  private struct State {
    var buckets: [Place: TokenBucket] = [:]
    var trusted: Set<Place> = []
    var delayed = 0
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

  /// Whether a key that could be guessed may be checked.
  public func mayGuess(from place: Place, at now: ContinuousClock.Instant) -> Bool {
    state.withLock { state in
      state.trusted.contains(place) || state.buckets[place].map { $0.tokens(at: now) >= 1 } ?? true
    }
  }

  /// nil if a wrong key is within the limit, otherwise how long until the next one is.
  public func noteWrong(from place: Place, at now: ContinuousClock.Instant) -> Duration? {
    state.withLock { state in
      if state.buckets.count >= Self.mostPlaces, state.buckets[place] == nil { Self.makeRoom(&state, at: now) }
      var bucket = state.buckets[place] ?? TokenBucket(burst: burst, pause: pause, at: now)
      let isWithin = bucket.take(at: now)
      state.buckets[place] = bucket
      return isWithin ? nil : bucket.wait(at: now)
    }
  }

  /// The place has sent a key that is right, and could be guessed.
  public func noteRight(from place: Place) {
    state.withLock { state in
      if state.trusted.count >= Self.mostPlaces { state.trusted = [] }
      state.trusted.insert(place)
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

  /// Forgets places that have been quiet, or all of them if there are none.
  private static func makeRoom(_ state: inout State, at now: ContinuousClock.Instant) {
    state.buckets = state.buckets.filter { !$0.value.isFull(at: now) }
    if state.buckets.count >= mostPlaces { state.buckets = [:] }
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

  /// Whether a call is allowed; one that isn't costs nothing.
  public mutating func take(at now: ContinuousClock.Instant) -> Bool {
    left = tokens(at: now)
    countedAt = now
    guard left >= 1 else { return false }
    left -= 1
    return true
  }

  /// The time until the next call is allowed.
  public func wait(at now: ContinuousClock.Instant) -> Duration { pause * max(0, 1 - tokens(at: now)) }
}
