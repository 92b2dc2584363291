import PoseCore

/// Notices that the wall clock was set, or that the machine slept.
struct ClockWatch {
  private var wall: Int64
  private var moment: SuspendingClock.Instant

  /// - Parameter now: by the wall clock, in seconds since 1970.
  init(at now: Int64, _ moment: SuspendingClock.Instant = .now) {
    wall = now
    self.moment = moment
  }

  /// Whether the wall clock has advanced, since the last call, by much more or less than the time that has passed.
  mutating func wasSet(at now: Int64, _ moment: SuspendingClock.Instant = .now) -> Bool {
    let passed = (moment - self.moment).components.seconds
    defer { (wall, self.moment) = (now, moment) }
    return (now - wall - passed).magnitude >= Self.tolerance
  }

  /// In seconds. Too little to make a live run seem silent.
  private static let tolerance = BackupRun.silenceLimit / 2
}
