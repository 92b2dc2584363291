public import Foundation
import PoseCore

/// When something is due, as Vixie's cron writes it: minute, hour, day of month, month, day of week.
///
/// A field is `*`, a number, a name (`jan`, `Monday`, in either case), a range `a-b`, any of them but a number with a step
/// `/n`, or a list of these with commas. Sunday is 0 and 7. Where both day fields are restricted, a day that fits
/// either is due; a field that begins with `*` does not restrict. `@daily` and its like stand for whole expressions.
/// Six fields are accepted where the first, the seconds, is 0. Source: crontab(5) of Vixie's cron.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
  /// As it was written.
  public let description: String
  let minutes: CronField
  let hours: CronField
  let daysOfMonth: CronField
  let months: CronField
  let daysOfWeek: CronField

  /// Throws `configuration` with the first fault.
  public init(_ text: String) throws {
    description = text
    var fields = text.split { $0 == " " || $0 == "\t" }
    if fields.count == 1, let name = fields.first, name.hasPrefix("@") {
      guard let expression = Self.names[name.lowercased()] else {
        throw Self.fault("\(name) is not one of \(Self.names.keys.sorted().joined(separator: ", "))")
      }
      fields = expression.split(separator: " ")
    }
    if fields.count == 6 {
      guard fields.removeFirst().allSatisfy({ $0 == "0" }) else {
        throw Self.fault("of six fields, the first (seconds) must be 0")
      }
    }
    guard fields.count == 5 else {
      throw Self.fault("five fields are expected (minute, hour, day of month, month, day of week)")
    }
    minutes = try CronField(fields[0], .minute)
    hours = try CronField(fields[1], .hour)
    daysOfMonth = try CronField(fields[2], .dayOfMonth)
    months = try CronField(fields[3], .month)
    daysOfWeek = try CronField(fields[4], .dayOfWeek)
  }

  /// Whether the expression is due at some minute of the day; `weekday` counts from Sunday, 0.
  func isDue(month: Int, day: Int, weekday: Int) -> Bool {
    guard months.contains(month) else { return false }
    let fitsMonth = daysOfMonth.contains(day)
    let fitsWeek = daysOfWeek.contains(weekday)
    // An unrestricted field fits always, unless it has a step: then both must fit.
    return daysOfMonth.isStarred || daysOfWeek.isStarred ? fitsMonth && fitsWeek : fitsMonth || fitsWeek
  }

  static func fault(_ what: String) -> PoseVaultError {
    PoseVaultError(.configuration, "Not a schedule: \(what).")
  }

  private static let names = [
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
  ]
}

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
