import Foundation
import Logging
import Mail
import PoseCore
import ServiceLifecycle

/// Sends the queue's mail for as long as the server runs.
struct MailQueue: Service, CustomStringConvertible {
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
        case .failure(let error):
          logger.warning("The mail queue can't be read", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  private static func level(_ report: BackupMailer.Report) -> Logger.Level {
    switch report {
    case .sent(_, let refused): refused.isEmpty ? .info : .warning
    case .putBack: .warning
    case .givenUp: .error
    }
  }

  /// What became of a mail, for a person.
  static func line(_ report: BackupMailer.Report, _ zone: TimeZone) -> String {
    switch report {
    case .sent(let id, let refused):
      let missed = refused.isEmpty ? "" : ", but not taken for \(refused.joined(separator: "; "))"
      return "Mail \(id) is sent\(missed)."
    case .putBack(let id, let dueAt, let failure):
      return "Mail \(id) could not be sent, and is tried again at \(ZoneTime(dueAt, zone).text): \(failure)"
    case .givenUp(let id, let failure): return "Mail \(id) can't be sent, and is given up: \(failure)"
    }
  }
}
