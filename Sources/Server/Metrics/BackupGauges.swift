import Metrics
import PoseCore
import Synchronization

/// The numbers of the backup that are asked of the storage when they are wanted; what this process counts, such as
/// runs and sent mail, is counted where it happens.
final class BackupGauges: Sendable {
  private let backups: any BackupOperator
  private let metrics: PrometheusMetrics
  private let clock: @Sendable () -> Int64
  /// The age grows on while the storage doesn't answer.
  private let provenAt = Mutex<Int64?>(nil)

  init(_ backups: any BackupOperator, _ metrics: PrometheusMetrics, clock: @escaping @Sendable () -> Int64) {
    self.backups = backups
    self.metrics = metrics
    self.clock = clock
  }

  /// Sets them to what holds now.
  func refresh() async {
    if let status = await promptly(within: HealthRoutes.answerLimit, { [backups] in try await backups.status() }) {
      set("posevault_backup_troubles", Double(status.troubles.count))
      set("posevault_mail_waiting", Double(status.unsentMail.count))
      if let result = status.lastResult { set("posevault_backup_last_result", result ? 1 : 0) }
      if let run = status.lastProven, let time = run.finishedAt, let archive = run.archive {
        provenAt.withLock { $0 = time }
        set("posevault_backup_size_bytes", Double(archive.size))
        set("posevault_backup_duration_seconds", Double(time - run.origin.startedAt))
      }
    }
    if let time = provenAt.withLock({ $0 }) {
      set("posevault_backup_proven_age_seconds", Double(max(clock() - time, 0)))
    }
  }

  private func set(_ label: String, _ value: Double) {
    Meter(label: label, factory: metrics).set(value)
  }
}

extension BackupStatus {
  /// Whether the last run was proven; nil while one is under way, and before the first.
  fileprivate var lastResult: Bool? {
    switch latest?.state {
    case .proven: true
    case .failed: false
    case .running, nil: nil
    }
  }
}
