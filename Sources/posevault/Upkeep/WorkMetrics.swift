import Backup
import Mail
import Metrics
import PoseCore

/// Counts work outside of requests for `/metrics`: backups, mail, and storage failures in them.
enum WorkMetrics {
  static func count(_ news: BackupDesk.News) {
    switch news {
    case .begun, .waiting, .accepted, .alert: break
    case .ended(let ended): count(ended.run)
    case .cleanedUp(let cleanUp): cleanUp.abandoned.forEach(count)
    case .failing(let error): countFailure(error, of: "backup")
    }
  }

  static func count(_ sending: Result<BackupMailer.Report, any Error>) {
    switch sending {
    case .success(.sent): Counter(label: "posevault_mail_sent_total").increment()
    case .success(.putBack), .success(.givenUp): Counter(label: "posevault_mail_failures_total").increment()
    case .failure(let error): countFailure(error, of: "mail")
    }
  }

  static func countFailure(_ error: any Error, of work: String) {
    guard let error = error as? PoseVaultError, error.code == .storageUnavailable else { return }
    Counter(label: "posevault_storage_errors_total", dimensions: [("work", work)]).increment()
  }

  private static func count(_ run: BackupRun) {
    let result: String
    switch run.state {
    case .running: return
    case .proven: result = "proven"
    case .failed: result = "failed"
    }
    Counter(label: "posevault_backup_runs_total", dimensions: [("result", result)]).increment()
  }
}
