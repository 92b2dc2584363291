import Metrics
import PoseCore
import Synchronization

/// The backup's metrics that are read from the storage on request; what this process counts, such as runs and sent
/// mail, is counted where it happens.
final class BackupGauges: Sendable {
  private let backups: any BackupOperator
  private let trash: any TrashStore
  private let metrics: PrometheusMetrics
  private let clock: @Sendable () -> Int64
  /// The age keeps growing while the storage doesn't respond.
  private let provenAt = Mutex<Int64?>(nil)

  init(
    backups: any BackupOperator, trash: any TrashStore, metrics: PrometheusMetrics,
    clock: @escaping @Sendable () -> Int64
  ) {
    self.backups = backups
    self.trash = trash
    self.metrics = metrics
    self.clock = clock
  }

  /// Updates them.
  func refresh() async {
    if let status = await promptly(within: HealthRoutes.answerLimit, { [backups] in try await backups.status() }) {
      for state in BackupState.allCases {
        set("posevault_backup_state", to: state == status.state ? 1 : 0, of: [("state", state.rawValue)])
      }
      set("posevault_backup_troubles", to: Double(status.troubles.count))
      set("posevault_mail_waiting", to: Double(status.unsentMail.count))
      set("posevault_mail_failing", to: Double(status.unsentMail.count { $0.failure != nil }))
      if let result = status.lastResult { set("posevault_backup_last_result", to: result ? 1 : 0) }
      if let run = status.lastProven, let time = run.finishedAt, let archive = run.archive {
        provenAt.withLock { $0 = time }
        set("posevault_backup_size_bytes", to: Double(archive.size))
        set("posevault_backup_lost_pictures", to: Double(archive.counts.lostPictures))
        set("posevault_backup_damaged_pictures", to: Double(archive.counts.damagedPictures))
        set("posevault_backup_duration_seconds", to: Double(time - run.origin.startedAt))
      }
    }
    if let totals = await promptly(within: HealthRoutes.answerLimit, { [trash] in try await trash.totals() }) {
      set("posevault_trash_pictures", to: Double(totals.count))
      set("posevault_trash_bytes", to: Double(totals.bytes))
    }
    if let time = provenAt.withLock({ $0 }) {
      set("posevault_backup_proven_age_seconds", to: Double(max(clock() - time, 0)))
    }
  }

  private func set(_ label: String, to value: Double, of dimensions: [(String, String)] = []) {
    Meter(label: label, dimensions: dimensions, factory: metrics).set(value)
  }
}

extension BackupStatus {
  /// Whether the last run was proven; nil while one is in progress, and before the first.
  fileprivate var lastResult: Bool? {
    switch latest?.state {
    case .proven: true
    case .failed: false
    case .running, nil: nil
    }
  }
}
