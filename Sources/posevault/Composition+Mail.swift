import Backup
import Curl
import Foundation
import Mail
import PoseCore

extension Composition {
  /// How mail is sent.
  static func mailTransport(
    _ mail: MailSettings, limits: TransferLimits = TransferLimits()
  ) throws -> any MailTransport {
    switch mail.way {
    case .sendGrid(let base, let key):
      return try SendGridTransport(base: base, key: key.revealed, limits: limits)
    case .smtp(let smtp):
      let login = smtp.user.map { SMTPServer.Login(user: $0, password: smtp.password?.revealed ?? "") }
      return SMTPTransport(
        try SMTPServer(
          host: smtp.host, port: smtp.port, encryption: smtp.security, login: login, certificates: smtp.authority,
          greeting: smtp.greeting),
        limits: limits)
    }
  }

  /// Makes the mail that reports a run's end; nil without recipients.
  static func mailMaker(_ settings: Settings) -> BackupRunner.MailMaker {
    guard settings.mail != nil else { return { _, _, _ in nil } }
    let place = noticePlace(settings)
    return { run, lastProven, beyond in
      var notice = BackupNotice(run, lastProven: lastProven?.archive, of: place)
      notice?.beyond = beyond
      return try? notice?.mail(dueAt: clock())
    }
  }

  /// Makes the mail about problems outside of runs; nil without recipients.
  static func alertMaker(_ settings: Settings) -> BackupRunner.AlertMaker {
    guard settings.mail != nil else { return { _, _ in nil } }
    let place = noticePlace(settings)
    return { lines, lastProven in
      try? BackupNotice(
        .alert(lines: lines, lastProven: lastProven?.archive), date: clock(), host: Machine.name, of: place
      ).mail(dueAt: clock())
    }
  }

  static func noticePlace(_ settings: Settings) -> BackupNotice.Place {
    BackupNotice.Place(
      zone: settings.backup.zone.identifier, isForOneServer: settings.stores.isForOneServer,
      contents: [type(of: settings.stores.poses).mailLine, type(of: settings.stores.pictures).mailLine])
  }

  /// Calls BACKUP_PING_URL; nil if it is not set.
  static func backupPing(_ backup: BackupSettings) -> BackupRunner.Ping? {
    guard let url = backup.pingURL else { return nil }
    let ping = PingCall(url.revealed)
    return { isWell in
      if isWell { try await ping.call() } else { try await ping.callFailure() }
    }
  }

  /// Sends the queued mails; nil if none are to be sent.
  static func mailer(_ settings: Settings, _ backups: Backups) throws -> BackupMailer? {
    guard let mail = settings.mail else { return nil }
    let extract = ArchiveExtract(passphrase: settings.backup.passphrase?.revealed, files: backups.files)
    return BackupMailer(
      queue: backups.runs, transport: try mailTransport(mail),
      sender: BackupMailer.Sender(from: mail.from, to: mail.to, host: Machine.name, limit: mail.attachmentLimit),
      makeExtract: { archive in
        guard let made = try? await extract.make(from: archive, limit: mail.attachmentLimit) else { return nil }
        return BackupMailer.Extract(path: made.path) { made.remove() }
      })
  }
}
