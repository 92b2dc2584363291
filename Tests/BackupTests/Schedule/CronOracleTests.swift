import Foundation
import Testing

@testable import Backup

@Suite("Next runs, as croniter reckons them")
struct CronOracleTests {
  /// Written by `Scripts/oracle/schedule_cases.py`.
  struct Case: Decodable {
    let expression: String
    let zone: String
    let before: Int64
    let start: Int64
    let after: Int64

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      expression = try values.decode(String.self)
      zone = try values.decode(String.self)
      before = try values.decode(Int64.self)
      start = try values.decode(Int64.self)
      after = try values.decode(Int64.self)
    }
  }

  @Test("thousands of expressions in twelve zones")
  func cases() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Fixtures/schedule.json")
    let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
    #expect(cases.count == 4000)
    for one in cases {
      let zone = try #require(TimeZone(identifier: one.zone))
      let cron = try CronExpression(one.expression)
      let about: Comment = "\(one.expression) in \(one.zone) at \(one.start)"
      #expect(cron.nextRun(after: one.start, in: zone) == one.after, about)
      // croniter leaves the moment itself out
      #expect(cron.latestRun(through: one.start - 1, in: zone) == one.before, about)
    }
  }
}
