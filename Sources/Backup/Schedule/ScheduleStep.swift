public import Foundation
public import PoseCore

/// What a server does about the schedule at a moment.
public enum ScheduleStep: Sendable, Hashable {
  case run(ScheduleClaim)
  /// Nothing until then, in seconds since 1970; nil when the schedule is never due again.
  case wait(until: Int64?)

  /// How often an abandoned run is begun; then the next due time is waited for.
  public static let maxAttempts = 3

  /// How often a due time is claimed in all, where clocks that were wrong have used it up before: two servers whose
  /// clocks lie days apart don't believe each other's runs.
  static let mostClaims = 10
}

extension CronExpression {
  /// Of all the due times since the latest scheduled run, only the last one is caught up.
  ///
  /// - Parameters:
  ///   - latest: the latest scheduled run of all servers; silent runs must have been failed before.
  ///   - start: since when a server has known the schedule, in seconds since 1970; what was due before that is missed
  ///     only where a scheduled run was before that.
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
