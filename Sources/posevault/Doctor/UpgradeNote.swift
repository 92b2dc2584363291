import Foundation

/// A setting whose meaning or default has changed, and whether the change applies to an installation.
///
/// `docs/upgrading.md` lists the same in the same words; a test compares the two.
struct UpgradeNote: Sendable {
  let key: SettingKey
  /// To whom the change applies, in the document's words; `isMet` decides the same.
  let concerns: String
  let line: String
  let isMet: @Sendable (SettingsSource) -> Bool

  /// In the order of `docs/upgrading.md`.
  static let all = server + storage + backup + mail

  private static let server: [UpgradeNote] = [
    UpgradeNote(
      key: .allowedHosts, concerns: "`HOST` reaches other machines",
      line: "requests that use an IP address of this server are always answered."
    ) { $0.isOnNetwork },
    UpgradeNote(
      key: .publicURL, concerns: "set, with a path",
      line: "its path is used: page, API, links and the cookie are below it. To keep them at /, remove the path."
    ) { ($0.text(.publicURL).flatMap(URL.init(string:))?.path() ?? "/").contains(/[^\/]/) },
    UpgradeNote(
      key: .corsOrigin, concerns: "not set",
      line: "pages of other sites, subdomains and ports can no longer show pictures and other answers of this server."
    ) { !$0.isSet(.corsOrigin) },
    UpgradeNote(
      key: .metricsPublic, concerns: "not set, with `API_KEY` and a `HOST` that reaches other machines",
      line: "/metrics also requires the API key; true leaves it open."
    ) { $0.isOnNetwork && $0.isSet(.apiKey) && !$0.isSet(.metricsPublic) },
    UpgradeNote(
      key: .maxConnections, concerns: "always",
      line: "at the limit, the connection idle longest is closed; new ones no longer wait."
    ) { _ in true },
    UpgradeNote(
      key: .trustedProxies, concerns: "not set, with a `HOST` that reaches other machines",
      line: "at MAX_CONNECTIONS, one address gets a quarter of them; list proxies on other machines here."
    ) { $0.isOnNetwork && !$0.isSet(.trustedProxies) },
    UpgradeNote(
      key: .bodyTimeout, concerns: "not set", line: "an upload may take 300 seconds in all; a slower one gets 408."
    ) { !$0.isSet(.bodyTimeout) },
    UpgradeNote(
      key: .minUploadRate, concerns: "always",
      line: "the more of an upload has arrived, the faster the rest must come, to end within BODY_TIMEOUT_SECONDS."
    ) { _ in true },
    UpgradeNote(
      key: .maxMegapixelsInFlight, concerns: "always",
      line: "progressive JPEGs and lossless WebPs count for more pixels, since their decoders need more memory."
    ) { _ in true },
  ]

  private static let storage: [UpgradeNote] = [
    UpgradeNote(
      key: .diskReserve, concerns: "not set, without `MYSQL_HOST`",
      line: "uploads get 503 while the disk of DATA_DIR has less than 512 MB or 2 % free, whichever is less."
    ) { !$0.isSet(.diskReserve) && !$0.isSet(.mysqlHost) },
    UpgradeNote(
      key: .trashDays, concerns: "not set",
      line: "deleted poses, and pictures that no pose names, stay in the trash for 30 days before they are removed."
    ) { !$0.isSet(.trashDays) },
  ]

  private static let backup: [UpgradeNote] = [
    UpgradeNote(
      key: .backupDirectory, concerns: "always",
      line: "a file .posevault-backups is written there once; a folder that has lost it is not written to."
    ) { _ in true },
    UpgradeNote(
      key: .backupCopyDirectory, concerns: "set",
      line: "the same holds there, and copies are kept by the same rules as archives."
    ) { $0.isSet(.backupCopyDirectory) },
    UpgradeNote(
      key: .backupKeep, concerns: "set, without a `BACKUP_KEEP_…`",
      line: "counts the newest days that had a scheduled backup, not archives."
    ) { $0.isSet(.backupKeep) && !$0.keepsByAge },
    UpgradeNote(
      key: .backupKeep, concerns: "set, with a `BACKUP_KEEP_…`", line: "is ignored: the other settings count."
    ) { $0.isSet(.backupKeep) && $0.keepsByAge },
    UpgradeNote(
      key: .backupKeepDays, concerns: "not set, nor `BACKUP_KEEP` or a `BACKUP_KEEP_…`",
      line: "archives of 30 days, 8 weeks and 12 months are kept; it was the newest 30 archives."
    ) { !$0.isSet(.backupKeep) && !$0.keepsByAge },
    UpgradeNote(
      key: .backupPause, concerns: "not set",
      line: "over the API, three backups can be made at once, then one every 600 seconds; earlier requests get 429."
    ) { !$0.isSet(.backupPause) },
    UpgradeNote(
      key: .backupPingURL, concerns: "set",
      line: "it is also called for backups that failed or are in doubt, with /fail added to the address."
    ) { $0.isSet(.backupPingURL) },
  ]

  private static let mail: [UpgradeNote] = [
    UpgradeNote(
      key: .toEmail, concerns: "set",
      line: "mail about a doubtful backup has the subject \"Daily DB Backup IN DOUBT\"; adapt filters on subjects."
    ) { $0.isSet(.toEmail) },
    UpgradeNote(
      key: .smtpGreeting, concerns: "not set, with `SMTP_HOST`",
      line: "a machine whose name has no dot greets the mail server as [127.0.0.1]; this sets another name."
    ) { $0.isSet(.smtpHost) && !$0.isSet(.smtpGreeting) },
  ]
}

extension SettingsSource {
  fileprivate func isSet(_ key: SettingKey) -> Bool { text(key) != nil }

  fileprivate var isOnNetwork: Bool { text(.host).map { !Settings.isLoopback($0) } ?? false }

  fileprivate var keepsByAge: Bool {
    [.backupKeepDays, .backupKeepWeekly, .backupKeepMonthly, .backupKeepGB].contains(where: isSet)
  }
}
