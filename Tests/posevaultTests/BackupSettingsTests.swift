import Backup
import Foundation
import Mail
import PoseCore
import Testing

@testable import posevault

@Suite("Settings of backup and mail")
struct BackupSettingsTests {
  private static let addresses = ["FROM_EMAIL": "pose@example.org", "TO_EMAIL": "a@example.org"]

  private static func mail(_ environment: [String: String]) throws -> MailSettings? {
    try SettingsTests.settings(addresses.merging(environment) { $1 }).mail
  }

  private static func smtp(_ environment: [String: String]) throws -> SMTPSettings? {
    guard case .smtp(let server) = try mail(environment)?.way else { return nil }
    return server
  }

  @Test("nothing set: every night at 23:59 into ./backups, thirty days, eight weeks and twelve months kept, no mail")
  func defaults() throws {
    let settings = try Settings(SettingsSource(environment: [:]))
    let backup = settings.backup
    #expect(backup.folder == Path.workingDirectory + "/backups")
    #expect(backup.schedule == (try CronExpression("59 23 * * *")))
    #expect(backup.zone.identifier == TimeZone.current.identifier)
    #expect(backup.retention == RetentionRules(days: 30, weeks: 8, months: 12))
    #expect(backup.pause == 600 && backup.trashDays == 30)
    #expect(backup.copyDirectory == nil && backup.pingURL == nil && backup.passphrase == nil)
    #expect(!backup.includesChunks)
    #expect(settings.mail == nil && settings.notices == [])
  }

  @Test("each key of the backup reaches its setting")
  func backup() throws {
    let backup = try SettingsTests.settings(
      ["TZ": "Europe/Vienna", "BACKUP_PING_URL": "https://ping.example/token"],
      file: """
        BACKUP_DIR=./b
        BACKUP_COPY_DIR=../copies
        CRON_SCHEDULE='30 2 * * mon-fri'
        BACKUP_KEEP=7
        BACKUP_PASSPHRASE='correct horse # battery'
        BACKUP_INCLUDE_CHUNKS=true
        """
    ).backup
    #expect(backup.folder == "/srv/pose/b")
    #expect(backup.copyDirectory == "/srv/pose/../copies")
    #expect(backup.schedule.description == "30 2 * * mon-fri")
    #expect(backup.zone.identifier == "Europe/Vienna")
    #expect(backup.retention.scheduledDays == 7)
    #expect(backup.pingURL?.revealed == "https://ping.example/token")
    #expect(backup.passphrase?.revealed == "correct horse # battery")
    #expect(backup.includesChunks)
  }

  @Test("BACKUP_KEEP counts alone where none of the newer keys is set, and not at all beside them")
  func retention() throws {
    func rules(_ environment: [String: String]) throws -> RetentionRules {
      try SettingsTests.settings(environment).backup.retention
    }
    #expect(try rules(["BACKUP_KEEP": "5"]).scheduledDays == 5)
    #expect(try rules(["BACKUP_KEEP": "5", "BACKUP_KEEP_DAYS": "9"]) == RetentionRules(days: 9))
    #expect(try rules(["BACKUP_KEEP": "5", "BACKUP_KEEP_GB": "2"]) == RetentionRules(maxBytes: 2_000_000_000))
    #expect(
      try rules(["BACKUP_KEEP_WEEKLY": "0", "BACKUP_KEEP_MONTHLY": "3", "BACKUP_MAX_AGE_DAYS": "90"])
        == RetentionRules(weeks: 0, months: 3, maxAgeDays: 90))
  }

  @Test(
    "a wrong value is one line with the key and what is allowed, and the value unless it is secret",
    arguments: [
      (
        "CRON_SCHEDULE", "61 * * * *",
        "=61 * * * *: Not a schedule: '61' as minute; allowed are 0 to 59, *, ranges a-b, steps */n and a-b/n, "
          + "and lists of these."
      ),
      (
        "CRON_SCHEDULE", "59 23 * *",
        "=59 23 * *: Not a schedule: five fields are expected (minute, hour, day of month, month, day of week)."
      ),
      ("BACKUP_KEEP", "0", "=0: must be a whole number from 1 to 100000."),
      ("BACKUP_INCLUDE_CHUNKS", "all", "=all: must be true or false."),
      (
        "BACKUP_PING_URL", "ping.example/token",
        " (value hidden): must be an address that begins with https:// or http://."
      ),
      (
        "BACKUP_PASSPHRASE", "geheimnis ä",
        " (value hidden): must be 1 to 99 printable ASCII characters, so that 7-Zip accepts it, too."
      ),
      ("BACKUP_MAIL_LIMIT_MB", "18.5", "=18.5: must be a whole number from 0 to 1000."),
      ("SENDGRID_API_KEY", "SG. x", " (value hidden): must be visible ASCII characters, without spaces."),
      (
        "SENDGRID_BASE_URL", "http://mail.example",
        "=http://mail.example: must be an address that begins with https://, or with http:// on this machine."
      ),
      ("SMTP_HOST", "mail.example/x", "=mail.example/x: must be a host name or an address, without a port."),
      ("SMTP_SECURITY", "ssl", "=ssl: must be tls, starttls or offered."),
      (
        "SMTP_SSL_CA", "/no/such.pem",
        "=/no/such.pem: must be the path of an existing certificate file in PEM format."
      ),
      ("FROM_EMAIL", "A <a@example.org", "=A <a@example.org: must be an e-mail address."),
      (
        "TO_EMAIL", "a@example.org\r\nBcc: x@example.org",
        #"=a@example.org\x0D\x0ABcc: x@example.org: must be an e-mail address, or several with commas between them."#
      ),
    ])
  func wrongValue(key: String, value: String, rest: String) {
    #expect(SettingsTests.mistakes([key: value]) == [key + rest])
  }

  @Test(
    "forms of TZ that the system knows are taken where they name a zone, and else refused",
    arguments: [
      ("Europe/Vienna", "Europe/Vienna"), (":Europe/Vienna", "Europe/Vienna"),
      ("/usr/share/zoneinfo/Europe/Vienna", "Europe/Vienna"), (":/usr/share/zoneinfo/posix/Asia/Tokyo", "Asia/Tokyo"),
      ("UTC0", "GMT"), ("Etc/GMT+2", "Etc/GMT+2"), ("EST5EDT", "EST5EDT"), (":Europe/Nowhere", nil), ("GMT+2", nil),
      ("UTC-01:30", nil), ("CET-1CEST,M3.5.0,M10.5.0/3", nil), ("/etc/passwd", nil),
    ])
  func zones(text: String, zone: String?) {
    let settings = try? SettingsTests.settings(["TZ": text])
    #expect(settings?.backup.zone.identifier == zone)
    // POSIX counts from the zone to UTC
    if text == "Etc/GMT+2" { #expect(settings?.backup.zone.secondsFromGMT() == -7200) }
  }

  @Test("copies into the backup's own folder are refused", arguments: ["/b/c", "/b/c/", "/b/./c", "/b/d/../c"])
  func copyIntoItself(copy: String) {
    #expect(
      SettingsTests.mistakes(["BACKUP_DIR": "/b/c", "BACKUP_COPY_DIR": copy]) == [
        "BACKUP_COPY_DIR is the same folder as BACKUP_DIR: a copy belongs on another disk."
      ])
  }

  @Test("a repository takes the place of the folder of archives")
  func repository() throws {
    let backup = try SettingsTests.settings(
      ["BACKUP_REPROOF_DAYS": "14"], file: "BACKUP_DIR=./b\nBACKUP_REPOSITORY=./r\nBACKUP_GRACE_DAYS=0"
    ).backup
    #expect(backup.folder == "/srv/pose/r")
    #expect(backup.repository == RepositoryRules(reproofDays: 14, graceDays: 0))
    #expect(try SettingsTests.settings(["BACKUP_REPROOF_DAYS": "14"]).backup.repository == nil)
    #expect(
      SettingsTests.mistakes(["BACKUP_GRACE_DAYS": "-1"]) == [
        "BACKUP_GRACE_DAYS=-1: must be a whole number from 0 to 3650."
      ])
  }

  @Test(
    "what does not go with a repository stops the start in one line",
    arguments: [
      ("BACKUP_PASSPHRASE", "secret words"), ("BACKUP_COPY_DIR", "/copies"), ("BACKUP_INCLUDE_CHUNKS", "true"),
    ])
  func besideRepository(key: String, value: String) {
    let mistakes = SettingsTests.mistakes(["BACKUP_REPOSITORY": "/r", key: value])
    #expect(mistakes.count == 1 && mistakes[0].hasPrefix("\(key) can't be combined with BACKUP_REPOSITORY"))
    #expect(!mistakes.joined().contains("secret words"))
  }

  @Test("a schedule that never comes is pointed out, and starts")
  func neverDue() throws {
    #expect(
      try SettingsTests.settings(["CRON_SCHEDULE": "0 0 31 2 *"]).notices == [
        "CRON_SCHEDULE=0 0 31 2 * is never due: no backups are made automatically."
      ])
  }

  @Test("SendGrid goes before SMTP where its key is set")
  func sendGrid() throws {
    let mail = try #require(try Self.mail(["SENDGRID_API_KEY": "SG.geheim", "SMTP_HOST": "mail.example"]))
    #expect(mail.way == .sendGrid(base: "https://api.sendgrid.com", key: Secret("SG.geheim")))
    #expect(mail.summary == "mail to a@example.org by SendGrid")
    let placeholder = try Self.mail(["SENDGRID_API_KEY": "your_sendgrid_api_key", "SMTP_HOST": "mail.example"])
    #expect(placeholder?.summary == "mail to a@example.org by mail.example:587")
    let other = try Self.mail(["SENDGRID_API_KEY": "k", "SENDGRID_BASE_URL": "http://127.0.0.1:8025"])
    #expect(other?.way == .sendGrid(base: "http://127.0.0.1:8025", key: Secret("k")))
  }

  @Test(
    "how the connection is secured is as set, else as port and host suggest",
    arguments: [
      ([:], 587, .required),
      (["SMTP_PORT": "465"], 465, .implicit),
      (["SMTP_PORT": "25"], 25, .whereOffered),
      (["SMTP_PORT": "2525"], 2525, .required),
      (["SMTP_HOST": "127.0.0.1", "SMTP_PORT": "1025"], 1025, .whereOffered),
      (["SMTP_SECURITY": "tls"], 465, .implicit),
      (["SMTP_SECURITY": "TLS", "SMTP_PORT": "2465"], 2465, .implicit),
      (["SMTP_SECURITY": "starttls", "SMTP_PORT": "25"], 25, .required),
      (["SMTP_SECURITY": "offered"], 587, .whereOffered),
    ] as [([String: String], Int, SMTPServer.Encryption)])
  func security(environment: [String: String], port: Int, security: SMTPServer.Encryption) throws {
    let server = try Self.smtp(["SMTP_HOST": "mail.example"].merging(environment) { $1 })
    #expect(server?.port == port)
    #expect(server?.security == security)
  }

  @Test("addresses are taken out of names, several recipients with commas between them")
  func recipients() throws {
    let mail = try Self.mail([
      "SMTP_HOST": "h", "FROM_EMAIL": "\"Pose Vault\" <backup@example.org>",
      "TO_EMAIL": "a@example.org, Bea <b@example.org> ,c@example.org", "BACKUP_MAIL_LIMIT_MB": "5",
    ])
    #expect(mail?.from.description == "backup@example.org")
    #expect(mail?.to.map(\.description) == ["a@example.org", "b@example.org", "c@example.org"])
    #expect(mail?.attachmentLimit == 5_000_000)
  }

  @Test(
    "settings that are not enough for mail start without it and say what is missing",
    arguments: [
      (["SENDGRID_API_KEY": "SG.k"], "SENDGRID_API_KEY set, but not FROM_EMAIL, TO_EMAIL"),
      (["TO_EMAIL": "a@b.example"], "TO_EMAIL set, but not SENDGRID_API_KEY or SMTP_HOST, FROM_EMAIL"),
      (["SMTP_HOST": "h", "FROM_EMAIL": "a@b.example"], "FROM_EMAIL, SMTP_HOST set, but not TO_EMAIL"),
      (["SMTP_USER": "u"], "SMTP_USER set, but not SENDGRID_API_KEY or SMTP_HOST, FROM_EMAIL, TO_EMAIL"),
    ])
  func partial(environment: [String: String], said: String) throws {
    let settings = try SettingsTests.settings(environment)
    #expect(settings.mail == nil)
    #expect(settings.notices == ["No mail is sent: \(said)."])
  }

  @Test("no secret is in what prints settings")
  func secrets() throws {
    let environment = Self.addresses.merging([
      "SMTP_HOST": "h", "SMTP_USER": "u", "SMTP_PASSWORD": "geheim", "BACKUP_PASSPHRASE": "geheim",
      "BACKUP_PING_URL": "https://ping.example/geheim",
    ]) { $1 }
    for others in [[:], ["SENDGRID_API_KEY": "SG.geheim"]] {
      let settings = try SettingsTests.settings(environment.merging(others) { $1 })
      var dumped = ""
      dump(settings, to: &dumped)
      #expect(!dumped.contains("geheim") && !"\(settings)".contains("geheim"))
    }
  }
}
