import Glibc
import PoseCore
import Synchronization

/// How fast bytes may go over the line, both ways together, shared by all transfers that name it.
public final class Bandwidth: Sendable {
  private let bytesPerSecond: Int
  private let free: Mutex<ContinuousClock.Instant>

  /// - Parameter bytesPerSecond: at least 1.
  public init(bytesPerSecond: Int) {
    self.bytesPerSecond = max(bytesPerSecond, 1)
    free = Mutex(.now)
  }

  /// How many bytes may go at once, so that the line is never busy for long and never silent for long.
  var pieceLength: Int { max(bytesPerSecond / 10, 1024) }

  /// Takes room for `count` bytes, behind what others have taken.
  ///
  /// - Returns: how long to wait before they go.
  func reserve(_ count: Int, at now: ContinuousClock.Instant) -> Duration {
    free.withLock { free in
      let start = max(free, now)
      free = start + .seconds(Double(count) / Double(bytesPerSecond))
      return now.duration(to: start)
    }
  }

  /// Blocks until `count` bytes may go, or the flag is raised.
  func wait(_ count: Int, unless stop: StopFlag) {
    let clock = ContinuousClock()
    let end = clock.now + reserve(count, at: clock.now)
    while !stop.isRaised {
      let left = clock.now.duration(to: end)
      guard left > .zero else { return }
      usleep(UInt32(min(left, .milliseconds(200)) / .microseconds(1)) + 1)
    }
  }
}
