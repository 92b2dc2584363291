import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("Cron expressions")
struct CronExpressionTests {
  @Test(
    "mean the same when written otherwise",
    arguments: [
      ("59 23 * * *", "0 59 23 * * *"), ("0 0 * * 0", "0 0 * * 7"), ("0 0 * * sun", "0 0 * * SUN"),
      ("0 0 * * 5-7", "0 0 * * fri-sun"), ("0 0 1 1 *", "@Yearly"), ("0 0 * * *", "\t@daily "),
      ("0 0 1 jan,Feb *", "0 0 1 1-2 *"), ("0,15,30,45 * * * *", "*/15 * * * *"),
      ("5-35/15 * * * *", "5,20,35 * * * *"), ("0 0 * * 1-5", "00 00 * * mon-fri"), ("0 0 * * 0-7", "0 0 * * 0-6"),
      ("11-11 * * * *", "11 * * * *"),
    ])
  func same(one: String, other: String) throws {
    let (one, other) = (try CronExpression(one), try CronExpression(other))
    var now: Int64 = 1_700_000_000
    for _ in 0..<50 {
      let next = try #require(one.nextRun(after: now, in: .gmt))
      #expect(other.nextRun(after: now, in: .gmt) == next)
      now = next
    }
  }

  @Test(
    "that are none are refused with a line that names the fault",
    arguments: [
      ("", "five fields"), ("* * * *", "five fields"), ("* * * * * * *", "five fields"), ("1 0 0 * * *", "seconds"),
      ("* 0 0 * * *", "seconds"), ("60 * * * *", "'60' as minute"), ("* 24 * * *", "'24' as hour"),
      ("* * 0 * *", "'0' as day of month"), ("* * 32 * *", "'32'"), ("* * * 13 *", "'13' as month"),
      ("* * * 0 *", "'0' as month"), ("* * * * 8", "'8' as day of week"), ("5-1 * * * *", "'5-1'"),
      ("*/0 * * * *", "'*/0'"), ("5/10 * * * *", "'5/10'"), ("1,,2 * * * *", "'' as minute"), ("-5 * * * *", "'-5'"),
      ("1-2-3 * * * *", "'1-2-3'"), ("*/2/3 * * * *", "'*/2/3'"), ("* * * janu *", "'janu'"), ("jan * * * *", "'jan'"),
      ("*/99999999999999999999 * * * *", "'*/9999"), ("٣ * * * *", "'٣'"), ("+1 * * * *", "'+1'"),
      ("*1 * * * *", "'*1'"), ("@reboot", "@reboot is not one of"), ("@daily 5", "five fields"), ("0 0 L * *", "'L'"),
      ("0 0 ? * *", "'?'"), ("0 0 * * 5-0", "'5-0'"),
    ])
  func refused(text: String, fault: String) throws {
    let error = try #require(throws: PoseVaultError.self) { try CronExpression(text) }
    #expect(error.code == .configuration)
    #expect(error.message.contains(fault), "\(error.message)")
    #expect(!error.message.contains("\n"))
  }

  @Test(
    "that are never due end the search",
    arguments: ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "* * 31 4 */1", "0 0 30-31 feb *"])
  func never(text: String) throws {
    let cron = try CronExpression(text)
    let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
    #expect(cron.nextRun(after: 1_700_000_000, in: zone) == nil)
    #expect(cron.latestRun(through: 1_700_000_000, in: zone) == nil)
  }

  @Test(
    "names in full mean what short ones do, in any case of letters",
    arguments: [
      ("0 0 * January *", "0 0 * jan *"), ("0 0 * * Friday-Sunday", "0 0 * * fri-sun"),
      ("5 4 1 MAY,september monday", "5 4 1 may,sep mon"), ("0 0 * february-April/2 *", "0 0 * feb-apr/2 *"),
    ])
  func fullNames(full: String, short: String) throws {
    let (one, other) = (try CronExpression(full), try CronExpression(short))
    var now: Int64 = 1_764_547_199
    for _ in 0..<20 {
      let next = try #require(other.nextRun(after: now, in: .gmt))
      #expect(one.nextRun(after: now, in: .gmt) == next)
      now = next
    }
  }

  @Test("that are rarely due are found")
  func rare() throws {
    // from 29 February 2096 to the one of 2104: the year 2100 has none
    let leapDay = try CronExpression("0 0 29 2 *")
    #expect(leapDay.nextRun(after: 3_981_312_000, in: .gmt) == 4_233_686_400)
    // 29 February is a Sunday in 2088, and then in 2128
    let leapSunday = try CronExpression("0 0 29 2 */7")
    #expect(leapSunday.nextRun(after: 3_728_851_200, in: .gmt) == 4_991_068_800)
    #expect(leapSunday.latestRun(through: 4_991_068_799, in: .gmt) == 3_728_851_200)
  }

  @Test(
    "two restricted kinds of days add up; beside one that begins with * both must fit",
    arguments: [
      ("0 0 3,20 * fri", [3, 5, 12, 19]), ("0 0 */2 * fri", [5, 19, 9, 23]), ("0 0 3,4,5,6 12 */2", [4, 6, 3, 5]),
      ("0 0 * * fri", [5, 12, 19, 26]), ("0 0 10,20 * *", [10, 20, 10, 20]),
    ])
  func days(text: String, expected: [Int]) throws {
    var now: Int64 = 1_764_547_199  // the second before December 2025, whose first day is a Monday
    let days = try expected.map { _ in
      now = try #require(try CronExpression(text).nextRun(after: now, in: .gmt))
      return CivilDate(now).day
    }
    #expect(days == expected)
  }
}
