import Backup
import Foundation

/// A moment for a person, in a time zone and in UTC.
struct ZoneTime {
  /// Such as `2025-12-10 23:59 (22:59 UTC)`; UTC's day is included if it differs.
  let text: String

  /// - Parameter seconds: since 1970.
  init(_ seconds: Int64, _ zone: TimeZone) {
    let local = Self.clock(seconds, zone)
    let utc = Self.clock(seconds, .gmt)
    let day = local.prefix(10)
    text = "\(local) (\(utc.hasPrefix(day) ? utc.dropFirst(11) : utc[...]) UTC)"
  }

  /// `YYYY-MM-DD hh:mm`.
  private static func clock(_ seconds: Int64, _ zone: TimeZone) -> String {
    let format = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: zone)
    return String(Date(timeIntervalSince1970: Double(seconds)).formatted(format).prefix(16))
  }
}

extension BackupSettings {
  /// When the schedule is next due, at most `count` times.
  func nextRuns(_ count: Int, after now: Int64) -> [Int64] {
    var times: [Int64] = []
    while times.count < count, let next = schedule.nextRun(after: times.last ?? now, in: zone) { times.append(next) }
    return times
  }

  /// Such as `The next backups are due at 2025-12-10 23:59 (22:59 UTC), …, time zone Europe/Vienna.`; nil if none ever
  /// is.
  func forecast(after now: Int64) -> String? {
    let times = nextRuns(3, after: now).map { ZoneTime($0, zone).text }
    if times.isEmpty { return nil }
    return "The next backups are due at \(times.joined(separator: ", ")), time zone \(zone.identifier)."
  }
}
