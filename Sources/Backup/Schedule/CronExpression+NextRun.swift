public import Foundation
import PoseCore

extension CronExpression {
  /// The first moment after `seconds` (since 1970) that is due by the clocks of `zone`; nil when none ever is.
  ///
  /// A time that daylight saving skips is due at the moment of the change; one that it repeats is due the first time.
  public func nextRun(after seconds: Int64, in zone: TimeZone) -> Int64? {
    let clock = ZoneClock(zone)
    let today = clock.wall(at: seconds) / Self.secondsPerDay
    // from the day before, because a change may have moved what was due then to now
    for day in today - 1...today + Self.horizon {
      let times = moments(of: day, clock)
      // most days are decided by their last moment alone
      if let last = times.last, last > seconds { return times.first { $0 > seconds } }
    }
    return nil
  }

  /// The last moment up to and with `seconds` (since 1970) that was due by the clocks of `zone`; nil when none ever was.
  public func latestRun(through seconds: Int64, in zone: TimeZone) -> Int64? {
    let clock = ZoneClock(zone)
    let today = clock.wall(at: seconds) / Self.secondsPerDay
    for day in (today - Self.horizon...today).reversed() {
      let times = moments(of: day, clock)
      if let first = times.first, first <= seconds { return times.last { $0 <= seconds } }
    }
    return nil
  }

  /// When the expression is due on a day, counted from 1970, ascending.
  private func moments(of day: Int64, _ clock: ZoneClock) -> some BidirectionalCollection<Int64> {
    let midnight = day * Self.secondsPerDay
    let date = CivilDate(midnight)
    let isDue = isDue(month: date.month, day: date.day, weekday: date.weekday)
    let times = isDue ? hours.values.flatMap { hour in minutes.values.map { hour * 3600 + $0 * 60 } } : []
    return times.lazy.map { clock.firstMoment(ofWall: midnight + Int64($0)) }
  }

  private static let secondsPerDay: Int64 = 86_400

  /// In days. The rarest day there is, a 29 February of a given weekday, comes again after 40 years at the latest.
  private static let horizon: Int64 = 41 * 366
}
