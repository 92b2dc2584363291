import Testing

@testable import Backup

@Suite("A clock that is set")
struct ClockWatchTests {
  /// What the clock shows after so many seconds, and whether it was set since.
  @Test(
    "is noticed once, forward and back; one that goes on, or is put right by minutes, is not",
    arguments: [
      [(1000, 0, false), (1030, 30, false), (87_430, 86_430, false)],
      [(90_000, 30, true), (90_030, 60, false)],
      [(-5000, 30, true), (-4970, 60, false)],
      // a machine that slept
      [(4600, 1, true), (4630, 31, false)],
      // too little for a run to seem silent
      [(1299, 0, false), (1000, 0, false), (700, 0, true)],
    ] as [[(Int64, Int64, Bool)]])
  func noticed(readings: [(Int64, Int64, Bool)]) {
    let start = SuspendingClock.now
    var watch = ClockWatch(at: 1000, start)
    for (now, passed, isSet) in readings {
      let answer = watch.wasSet(at: now, start + .seconds(passed))
      #expect(answer == isSet, "at \(now)")
    }
  }
}
