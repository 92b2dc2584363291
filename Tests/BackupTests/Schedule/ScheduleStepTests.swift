import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("What a server does about the schedule")
struct ScheduleStepTests {
  /// Every hour, so that due times are easy to name.
  private let hourly: CronExpression
  private let hour: Int64 = 3600

  init() throws {
    hourly = try CronExpression("0 * * * *")
  }

  private func step(
    at now: Int64, latest: (due: Int64, attempt: Int, state: BackupRun.State)? = nil, since start: Int64 = 0
  ) -> ScheduleStep {
    let run = latest.map { latest in
      BackupRun(
        id: 1,
        origin: BackupOrigin(
          host: "a", pid: 1, startedAt: latest.due,
          claim: ScheduleClaim(dueAt: latest.due, attempt: latest.attempt)),
        heartbeatAt: latest.due, phase: "", progress: 0, state: latest.state)
    }
    return hourly.step(at: now, in: .gmt, latest: run, since: start)
  }

  private let failed = BackupRun.State.failed(message: "no", isRepeated: false, at: 1)
  private let abandoned = BackupRun.State.failed(message: "no", isRepeated: true, at: 1)

  @Test("the first server ever waits for the next due time, and then runs it")
  func first() {
    #expect(step(at: 10 * hour + 5, since: 10 * hour + 5) == .wait(until: 11 * hour))
    #expect(step(at: 11 * hour - 1, since: 10 * hour + 5) == .wait(until: 11 * hour))
    #expect(step(at: 11 * hour, since: 10 * hour + 5) == .run(ScheduleClaim(dueAt: 11 * hour, attempt: 1)))
  }

  @Test("of many runs missed the last one is caught up, once")
  func missed() {
    let now = 30 * hour + 7
    #expect(
      step(at: now, latest: (10 * hour, 2, failed), since: now) == .run(ScheduleClaim(dueAt: 30 * hour, attempt: 1)))
    for state in [.running, failed] {
      #expect(step(at: now, latest: (30 * hour, 1, state), since: now) == .wait(until: 31 * hour))
    }
  }

  @Test("an abandoned run is caught up, but not for ever")
  func abandonedRuns() {
    let now = 30 * hour + 7
    for attempt in 1...2 {
      #expect(
        step(at: now, latest: (30 * hour, attempt, abandoned))
          == .run(ScheduleClaim(dueAt: 30 * hour, attempt: attempt + 1)))
    }
    #expect(step(at: now, latest: (30 * hour, 3, abandoned)) == .wait(until: 31 * hour))
    #expect(
      step(at: now + hour, latest: (30 * hour, 3, abandoned)) == .run(ScheduleClaim(dueAt: 31 * hour, attempt: 1)))
  }

  @Test("a clock that was set back runs nothing again")
  func clockSetBack() {
    #expect(step(at: 20 * hour + 7, latest: (30 * hour, 1, failed)) == .wait(until: 21 * hour))
    #expect(step(at: 20 * hour + 7, latest: (30 * hour, 1, abandoned)) == .wait(until: 21 * hour))
  }

  @Test("a schedule that is never due is waited for without an end")
  func never() throws {
    #expect(
      try CronExpression("0 0 30 2 *").step(at: 1, in: .gmt, latest: nil, since: 0) == .wait(until: nil))
  }
}
