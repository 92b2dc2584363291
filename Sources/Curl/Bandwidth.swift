import Glibc
import PoseCore
import Synchronization

/// Limits the transfer rate of all transfers that share it, in both directions together.
public final class Bandwidth: Sendable {
  private let bytesPerSecond: Int
  private let free: Mutex<ContinuousClock.Instant>

  /// - Parameter bytesPerSecond: at least 1.
  public init(bytesPerSecond: Int) {
    self.bytesPerSecond = max(bytesPerSecond, 1)
    free = Mutex(.now)
  }

  /// How many bytes may go at once, so that the line is never busy or silent for long.
  var pieceLength: Int { max(bytesPerSecond / 10, 1024) }

  /// Reserves `count` bytes, after what others have reserved.
  ///
  /// - Returns: how long to wait before sending them.
  func reserve(_ count: Int, at now: ContinuousClock.Instant) -> Duration {
    free.withLock { free in
      let start = max(free, now)
      free = start + .seconds(Double(count) / Double(bytesPerSecond))
      return now.duration(to: start)
    }
  }

  /// Blocks until `count` bytes may be sent, or the flag is raised.
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
