/// How many runs may be requested: a burst of three, then one after each pause. Somebody with the key and bad
/// intentions can't fill the disk with archives any faster.
struct RunAllowance: Sendable {
  private static let most = 3
  /// In seconds; 0 for no limit.
  private let pause: Int64
  private var left = Self.most
  /// Since when the next one has been accruing, in seconds since 1970.
  private var since: Int64

  init(pause: Int64, at now: Int64) {
    self.pause = pause
    since = now
  }

  /// Takes one, or returns after how many seconds there will be one.
  mutating func take(at now: Int64) -> Int64 {
    guard pause > 0 else { return 0 }
    // a clock that was set back must not block for ever
    if now < since { since = now }
    let earned = (now - since) / pause
    if earned > 0 {
      left = Int(min(Int64(left) + earned, Int64(Self.most)))
      since = left == Self.most ? now : since + earned * pause
    }
    if left == Self.most { since = now }
    guard left > 0 else { return pause - (now - since) }
    left -= 1
    return 0
  }

  mutating func giveBack() {
    left = min(left + 1, Self.most)
  }
}
