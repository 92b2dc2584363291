import Foundation
import Logging
import Mail
import PoseCore
import ServiceLifecycle

/// Sends the queue's mail for as long as the server runs.
struct MailSender: Service, CustomStringConvertible {
  let description = "mail queue"
  let mailer: BackupMailer
  let zone: TimeZone
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      // ends by being cancelled alone
      try? await mailer.run(now: Composition.clock) { result in
        WorkMetrics.count(result)
        switch result {
        case .success(let report): logger.log(level: Self.level(report), "\(Self.line(report, zone))")
        case .failure(let error): logger.report(error, "The mail queue can't be read", level: .warning)
        }
      }
    }
  }

  private static func level(_ report: BackupMailer.Report) -> Logger.Level {
    switch report {
    case .sent: .info
    case .putBack: .warning
    case .givenUp: .error
    }
  }

  /// The outcome of a mail, for a person.
  static func line(_ report: BackupMailer.Report, _ zone: TimeZone) -> String {
    switch report {
    case .sent(let id): "Mail \(id) was sent."
    case .putBack(let id, let dueAt, let failure):
      "Mail \(id) could not be sent and will be retried at \(ZoneTime(dueAt, zone).text): \(failure)"
    case .givenUp(let id, let failure): "Mail \(id) can't be sent and is given up: \(failure)"
    }
  }
}
