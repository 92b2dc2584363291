import Foundation
import Testing

@testable import Backup

@Suite("Nights in which the clocks change")
struct DaylightSavingTests {
  struct Night: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let zone: String
    let cron: String
    /// In UTC.
    let after: String
    let runs: [String]

    init(_ what: String, _ zone: String, _ cron: String, after: String, _ runs: String...) {
      (testDescription, self.zone, self.cron, self.after, self.runs) = ("\(zone): \(what)", zone, cron, after, runs)
    }
  }

  static let nights = [
    Night(
      "2:30 is skipped, and runs at 3:00", "Europe/Berlin", "30 2 * * *", after: "2025-03-29T12:00:00Z",
      "2025-03-30T01:00:00Z", "2025-03-31T00:30:00Z"),
    Night(
      "what is skipped falls together with what is due at the change", "Europe/Berlin", "*/30 2-3 * * *",
      after: "2025-03-29T12:00:00Z", "2025-03-30T01:00:00Z", "2025-03-30T01:30:00Z", "2025-03-31T00:00:00Z"),
    Night(
      "an evening before and after", "Europe/Berlin", "59 23 * * *", after: "2025-03-29T12:00:00Z",
      "2025-03-29T22:59:00Z", "2025-03-30T21:59:00Z"),
    Night(
      "2:30 comes twice, and runs the first time", "Europe/Berlin", "30 2 * * *", after: "2025-10-25T12:00:00Z",
      "2025-10-26T00:30:00Z", "2025-10-27T01:30:00Z"),
    Night(
      "the second 2:00 is no due time either when asked between the two", "Europe/Berlin", "0 2 * * *",
      after: "2025-10-26T00:30:00Z", "2025-10-27T01:00:00Z"),
    Night(
      "of the hours that come twice each runs once", "Europe/Berlin", "0 * * * *", after: "2025-10-25T23:30:00Z",
      "2025-10-26T00:00:00Z", "2025-10-26T02:00:00Z"),
    Night(
      "2:30 is skipped, and runs at 3:00", "America/New_York", "30 2 9 3 *", after: "2025-03-08T12:00:00Z",
      "2025-03-09T07:00:00Z", "2026-03-09T06:30:00Z"),
    Night(
      "1:30 comes twice, and runs the first time", "America/New_York", "30 1 * * *", after: "2025-11-01T12:00:00Z",
      "2025-11-02T05:30:00Z", "2025-11-03T06:30:00Z"),
    Night(
      "midnight is skipped, and runs at 1:00", "America/Sao_Paulo", "0 0 * * *", after: "2018-11-03T12:00:00Z",
      "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"),
    Night(
      "midnight is skipped, and runs at 1:00", "Asia/Beirut", "@daily", after: "2025-03-29T12:00:00Z",
      "2025-03-29T22:00:00Z", "2025-03-30T21:00:00Z"),
    Night(
      "0:30 comes twice, and runs the first time", "America/Havana", "30 0 * * *", after: "2025-11-01T12:00:00Z",
      "2025-11-02T04:30:00Z", "2025-11-03T05:30:00Z"),
    Night(
      "half an hour is skipped: 2:15 runs at 2:30", "Australia/Lord_Howe", "15 2 * * *", after: "2025-10-04T12:00:00Z",
      "2025-10-04T15:30:00Z", "2025-10-05T15:15:00Z"),
    Night(
      "half an hour comes twice: 1:45 runs the first time", "Australia/Lord_Howe", "45 1 * * *",
      after: "2025-04-05T12:00:00Z", "2025-04-05T14:45:00Z", "2025-04-06T15:15:00Z"),
    Night(
      "a whole day is skipped, and its noon runs as the next day begins", "Pacific/Apia", "0 12 * * *",
      after: "2011-12-29T12:00:00Z", "2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"),
  ]

  @Test("run what is due as the contract says", arguments: nights)
  func night(_ night: Night) throws {
    let zone = try #require(TimeZone(identifier: night.zone))
    let cron = try CronExpression(night.cron)
    var now = try seconds(night.after)
    let expected = try night.runs.map(seconds)
    for run in expected {
      #expect(cron.nextRun(after: now, in: zone) == run)
      #expect(cron.nextRun(after: run - 1, in: zone) == run)
      #expect(cron.latestRun(through: run, in: zone) == run)
      now = run
    }
    for (one, other) in zip(expected, expected.dropFirst()) {
      #expect(cron.latestRun(through: other - 1, in: zone) == one)
    }
  }

  private func seconds(_ text: String) throws -> Int64 {
    Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970)
  }
}
