import Backup
import PoseCore

/// The state of the backups.
enum BackupCheck {
  /// The size of the last proven archive in bytes, 0 if there is none.
  static func run(
    _ backups: Composition.Backups, repair: BackupRepair, report: inout DoctorReport
  ) async throws -> Int64 {
    try await repair.run(backups.runner, &report)
    let desk = BackupDesk(backups.runner)
    let status = try await desk.status()
    report.tell(status.state.verdict, "The state of the backups is \"\(status.state.rawValue)\".")
    for trouble in status.troubles { report.tell(.wrong, trouble) }
    try await tellFailures(desk, since: status.lastProven, &report)
    tellMail(status.unsentMail, &report)
    guard let run = status.lastProven, case .proven(let archive, let end) = run.state else {
      report.tell(.notice, "There is no proven backup yet.")
      return 0
    }
    let made = "made \(ZoneTime(end, backups.rules.zone).text), \(age(Composition.clock() - end)) ago"
    report.tell(.good, "The last proven backup is \(archive.path) (\(megabytes(archive.size))), \(made).")
    if archive.counts.lostPictures > 0 {
      report.tell(.notice, "Pictures missing from it because they are lost: \(archive.counts.lostPictures).")
    }
    do {
      _ = try await desk.archive(of: run)
    } catch let error as PoseVaultError {
      report.tell(error, as: error.code == .archiveElsewhere ? .notice : .wrong)
    }
    return archive.size
  }

  private static func tellFailures(
    _ desk: BackupDesk, since proven: BackupRun?, _ report: inout DoctorReport
  ) async throws {
    let runs = try await desk.runs(before: nil, limit: 1000).prefix { $0.id != proven?.id }
    let failed = runs.count { run in
      if case .failed = run.state { true } else { false }
    }
    // a single one is reported by its reason
    if failed > 1 { report.tell(.wrong, "Backups that failed since the last proven one: \(failed).") }
  }

  private static func tellMail(_ unsent: [QueuedMail], _ report: inout DoctorReport) {
    let waiting = unsent.count { $0.failure == nil }
    if waiting > 0 { report.tell(.notice, "Mails waiting to be sent by serve: \(waiting).") }
    let givenUp = unsent.count { $0.givenUpAt != nil }
    if givenUp > 0 { report.tell(.notice, "Mails given up: \(givenUp). The next successful mail clears them.") }
  }

  /// Such as `3 hours`, rounded down.
  static func age(_ seconds: Int64) -> String {
    let (count, unit) =
      switch max(seconds, 0) {
      case ..<120: (max(seconds, 0), "second")
      case ..<7200: (seconds / 60, "minute")
      case ..<172_800: (seconds / 3600, "hour")
      default: (seconds / 86_400, "day")
      }
    return Count.text(count, unit)
  }

  private static func megabytes(_ bytes: Int64) -> String {
    bytes < 1_000_000 ? "\((bytes + 999) / 1000) KB" : "\(bytes / 1_000_000) MB"
  }
}

extension BackupState {
  fileprivate var verdict: DoctorReport.Verdict {
    switch self {
    case .good: .good
    case .accepted: .notice
    case .inDoubt, .failing, .overdue: .wrong
    }
  }
}
