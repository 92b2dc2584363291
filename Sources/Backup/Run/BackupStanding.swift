import Foundation
import PoseCore

/// How the backups stand: the one place that decides it. Mail, page, health, metrics, doctor, the ping and the removal
/// of old archives all follow from here.
struct BackupStanding: Sendable, Hashable {
  var state: BackupState
  /// What a person must know, one line each.
  var troubles: [String]
  /// Those that do not come from a run: told at once by a mail of their own, then by that of each run.
  var alerts: [String]
  /// Whether old archives may go where a run would otherwise have no room: a run that failed for that must not be the
  /// last one for ever.
  var mayMakeRoom: Bool

  init(_ history: BackupHistory, _ rules: BackupRules, at now: Int64) {
    let failing = history.failures(at: now)
    let broken = history.folders
    let overdue = history.overdue(rules, at: now)
    let salvage = history.salvageDoubts
    let doubts = history.doubts + salvage
    let losses = history.losses
    if !failing.isEmpty || !broken.isEmpty {
      state = .failing
    } else if !overdue.isEmpty {
      state = .overdue
    } else if !doubts.isEmpty || history.pairProblem != nil {
      state = .inDoubt
    } else if history.lastProven?.archive?.acceptedAt != nil {
      state = .accepted
    } else {
      state = .good
    }
    let pair = history.pairProblem.map { [$0] } ?? []
    alerts = broken + overdue + pair + salvage
    mayMakeRoom = broken.isEmpty && doubts.isEmpty && pair.isEmpty
    troubles = failing + broken + overdue + doubts + pair + losses
  }
}

/// What is known of the runs so far, and of where archives go.
struct BackupHistory: Sendable {
  /// The one that was begun last.
  var latest: BackupRun?
  /// The one that was begun last of those that have ended: one under way mends nothing yet.
  var latestEnded: BackupRun?
  var lastProven: BackupRun?
  /// The one with the latest due time that is not in the future.
  var lastScheduled: BackupRun?
  /// Since when a server has known the schedule, in seconds since 1970.
  var knownSince: Int64
  /// What is wrong with the folders that archives go to, one line each.
  var folders: [String] = []
  /// Why pose database and picture store are not a pair.
  var pairProblem: String?
  /// What the stores lack since they were salvaged, as long as nobody has accepted it.
  var salvage: String?

  /// How long after its due time a backup may be missing, in seconds.
  static let patience: Int64 = 3600

  fileprivate func failures(at now: Int64) -> [String] {
    if let latest, latest.isSilent(at: now) {
      return [
        "The backup sends no heartbeat: process \(latest.origin.pid) on \(latest.origin.host) has ended or hangs."
      ]
    }
    return latestEnded?.failure.map { ["The last backup failed: \($0)"] } ?? []
  }

  fileprivate var doubts: [String] {
    guard let run = lastProven, let archive = run.archive, archive.isInDoubt else { return [] }
    return archive.doubts.map { "The last backup is in doubt: \($0)" }
      + ["If this is intended, accept it: `posevault backup accept \(run.id)`."]
  }

  /// None where the last run says it.
  fileprivate var salvageDoubts: [String] {
    guard let salvage else { return [] }
    if let archive = lastProven?.archive, archive.isInDoubt, archive.doubts.contains(salvage) { return [] }
    return [salvage, "If this is intended, make a backup and accept it."]
  }

  fileprivate var losses: [String] {
    guard let run = lastProven, let archive = run.archive else { return [] }
    let copies = archive.warnings.filter { $0.hasPrefix(BackupArchive.copyFailure) }
    let open = archive.openLosses
    // an older version listed none
    let count = archive.acceptedAt == nil ? archive.losses : open.count
    guard count > 0, !archive.isInDoubt else { return copies }
    let names = open.prefix(5).joined(separator: ", ")
    let what = count == 1 ? "A picture is" : "\(count) pictures are"
    let listed = names.isEmpty ? "" : ": \(names)"
    let holder = count == 1 ? "archive with an intact copy is" : "archives with intact copies are"
    let acceptance = open.isEmpty ? "" : " To accept the loss: `posevault backup accept \(run.id)`."
    return ["\(what) lost or damaged\(listed). The last \(holder) kept.\(acceptance)"] + copies
  }

  /// A backup that should be there; none where one that was due has failed, which tells more.
  fileprivate func overdue(_ rules: BackupRules, at now: Int64) -> [String] {
    guard let due = rules.schedule.latestRun(through: now - Self.patience, in: rules.zone) else { return [] }
    // under a clock that was ahead, a run seems to be newer than all that is due
    let proven = lastProven.flatMap { $0.origin.startedAt <= now + 86_400 ? $0.origin.startedAt : nil }
    if due > lastScheduled?.origin.claim?.dueAt ?? knownSince, due > proven ?? .min {
      return ["The backup that was due on \(rules.text(due)) has not been made."]
    }
    guard let before = rules.schedule.latestRun(through: due - 1, in: rules.zone), before > knownSince,
      before > proven ?? .min
    else { return [] }
    return ["No verified backup since \(rules.text(before)): two in a row are missing."]
  }
}

extension BackupRules {
  /// A moment by the schedule's clocks, for a person.
  func text(_ seconds: Int64) -> String {
    "\(SQLTime.text(ZoneClock(zone).wall(at: seconds))) (\(zone.identifier))"
  }
}
