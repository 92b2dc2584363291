public import Foundation
public import PoseCore

/// What a server does about the schedule at a given moment.
public enum ScheduleStep: Sendable, Hashable {
  case run(ScheduleClaim)
  /// Nothing until then, in seconds since 1970; nil if the schedule is never due again.
  case wait(until: Int64?)

  /// How often an abandoned run is restarted; after that, the next due time counts.
  public static let maxAttempts = 3

  /// How often a due time is claimed in all, if clocks that were wrong have used it up before: two servers whose clocks
  /// are days apart don't believe each other's runs.
  static let mostClaims = 10
}

extension CronExpression {
  /// Of all the due times since the latest scheduled run, only the last one is caught up.
  ///
  /// - Parameters:
  ///   - latest: the latest scheduled run of all servers; silent runs must have been marked as failed before.
  ///   - start: since when a server has known the schedule, in seconds since 1970; earlier due times only count as
  ///     missed if there was a scheduled run before them.
  public func step(at now: Int64, in zone: TimeZone, latest: BackupRun?, since start: Int64) -> ScheduleStep {
    if let due = latestRun(through: now, in: zone) {
      let claim = latest?.origin.claim
      if due > claim?.dueAt ?? start { return .run(ScheduleClaim(dueAt: due, attempt: 1)) }
      if let claim, claim.dueAt == due, case .failed(_, isRepeated: true, _) = latest?.state,
        claim.attempt < ScheduleStep.maxAttempts
      {
        return .run(ScheduleClaim(dueAt: due, attempt: claim.attempt + 1))
      }
    }
    return .wait(until: nextRun(after: now, in: zone))
  }
}
