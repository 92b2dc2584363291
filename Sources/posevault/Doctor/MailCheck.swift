import Curl
import Foundation
import Mail
import PoseCore

/// How mail is sent.
enum MailCheck {
  /// - Parameter sends: whether to send a test mail.
  static func run(_ mail: MailSettings?, sends: Bool, _ report: inout DoctorReport) async throws {
    guard let mail else {
      report.tell(
        sends ? .wrong : .notice,
        "Backup mail is off: set FROM_EMAIL, TO_EMAIL, and SENDGRID_API_KEY or SMTP_HOST.")
      return
    }
    guard sends else {
      report.tell(.good, "Backups are reported by \(mail.summary). `posevault doctor --mail` sends a test mail.")
      return
    }
    let limits = TransferLimits(connect: 15, reply: 60, total: 120)
    switch try await Composition.mailTransport(mail, limits: limits).send(letter(mail)) {
    case .sent(let refused):
      if refused.count < mail.to.count { report.tell(.good, "The test mail was accepted: \(mail.summary).") }
      for refusal in refused { report.tell(.wrong, "The test mail was not accepted for \(refusal)") }
    case .failed(let failure):
      report.tell(.wrong, "The test mail could not be sent. \(failure.message)")
    }
  }

  private static func letter(_ mail: MailSettings) -> Letter {
    Letter(
      from: mail.from, to: mail.to, subject: "PoseVault test mail",
      text: """
        Hello,

        this is a test mail of PoseVault on \(Machine.name). Mails that tell of backups will come the same way.

        """,
      attachment: nil, date: Composition.clock(), identity: UUID().uuidString.lowercased())
  }
}
