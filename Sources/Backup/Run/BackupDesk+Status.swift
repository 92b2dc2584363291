import Foundation
public import PoseCore

extension BackupDesk {
  public func status() async throws -> BackupStatus {
    let (runs, rules, now) = (runner.runs, runner.rules, runner.clock())
    let latest = try await runs.backups(before: nil, limit: 1).first
    let lastProven = try await runs.latestProvenBackup()
    let unsent = try await runs.unsentMail(limit: 100)
    let history = BackupHistory(
      latest: latest, lastProven: lastProven, lastScheduled: try await runs.latestScheduledBackup(),
      startedAt: startedAt)
    return BackupStatus(
      nextRun: rules.schedule.nextRun(after: now, in: rules.zone), latest: latest, lastProven: lastProven,
      unsentMail: unsent, troubles: history.troubles(rules, at: now) + troubles + Self.troubles(unsent))
  }

  private static func troubles(_ unsent: [QueuedMail]) -> [String] {
    let failed = unsent.filter { $0.failure != nil }
    guard let last = failed.last, let failure = last.failure else { return [] }
    return ["Mail can't be sent (\(failed.count) in the queue): \(failure)"]
  }
}

/// What is known of the runs so far.
struct BackupHistory: Sendable {
  /// The one that was begun last.
  var latest: BackupRun?
  var lastProven: BackupRun?
  /// The one with the latest due time.
  var lastScheduled: BackupRun?
  /// When the server that looks began.
  var startedAt: Int64

  /// How long after its due time a backup may be missing, in seconds.
  static let patience: Int64 = 3600

  /// What a person must know, one line each.
  func troubles(_ rules: BackupRules, at now: Int64) -> [String] {
    var troubles: [String] = []
    if let latest, latest.isSilent(at: now) {
      troubles.append(
        "The backup is silent: process \(latest.origin.pid) on \(latest.origin.host) has ended, or hangs.")
    }
    if case .failed(let message, _, _) = latest?.state { troubles.append("The last backup failed: \(message)") }
    if let due = overdue(rules, at: now) {
      troubles.append("The backup that was due on \(rules.text(due)) has not been made.")
    }
    if case .proven(let archive, _) = lastProven?.state {
      if archive.isShrunk {
        troubles.append(
          "The last backup has shrunk: it holds \(Count.text(archive.counts.poses, "pose")), none or less than half of "
            + "before.")
      }
      troubles += archive.warnings.filter { $0.hasPrefix(BackupArchive.copyFailure) }
    }
    return troubles
  }

  /// The due time of a backup that should be there; nil where all is well, or a run has failed, which tells more.
  private func overdue(_ rules: BackupRules, at now: Int64) -> Int64? {
    guard let due = rules.schedule.latestRun(through: now - Self.patience, in: rules.zone),
      due > lastScheduled?.origin.claim?.dueAt ?? startedAt,
      // one that was asked for meanwhile is as good
      due > lastProven?.origin.startedAt ?? .min
    else { return nil }
    return due
  }
}

extension BackupRules {
  /// A moment by the schedule's clocks, for a person.
  func text(_ seconds: Int64) -> String {
    "\(SQLTime.text(ZoneClock(zone).wall(at: seconds))) (\(zone.identifier))"
  }
}
