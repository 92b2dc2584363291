import Backup
import Foundation
import Testing

@testable import posevault

@Suite("When the next backups are due, for a person")
struct ForecastTests {
  private static func settings(_ schedule: String, _ zone: String) throws -> BackupSettings {
    try SettingsTests.settings(["CRON_SCHEDULE": schedule, "TZ": zone]).backup
  }

  /// 10 December 2025, 12:00 UTC.
  private static let noon: Int64 = 1_765_368_000

  @Test("three times, by the zone's clocks and in UTC, with UTC's day where it is another one")
  func lines() throws {
    #expect(
      try Self.settings("59 23 * * *", "Europe/Vienna").forecast(after: Self.noon)
        == "The next backups are due at 2025-12-10 23:59 (22:59 UTC), 2025-12-11 23:59 (22:59 UTC), "
        + "2025-12-12 23:59 (22:59 UTC), time zone Europe/Vienna.")
    #expect(
      try Self.settings("0 20 * * fri", "America/New_York").forecast(after: Self.noon)
        == "The next backups are due at 2025-12-12 20:00 (2025-12-13 01:00 UTC), 2025-12-19 20:00 "
        + "(2025-12-20 01:00 UTC), 2025-12-26 20:00 (2025-12-27 01:00 UTC), time zone America/New_York.")
  }

  @Test("a schedule that is never due has none")
  func never() throws {
    #expect(try Self.settings("0 0 30 2 *", "UTC").forecast(after: Self.noon) == nil)
  }

  @Test(
    "ages are told in one unit, rounded down",
    arguments: [
      (-5, "0 seconds"), (1, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (7199, "119 minutes"),
      (7200, "2 hours"), (172_799, "47 hours"), (172_800, "2 days"), (31_536_000, "365 days"),
    ] as [(Int64, String)])
  func ages(seconds: Int64, text: String) {
    #expect(BackupCheck.age(seconds) == text)
  }
}
