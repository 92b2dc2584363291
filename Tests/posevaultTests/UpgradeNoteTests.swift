import Foundation
import Testing

@testable import posevault

@Suite("Upgrade notes")
struct UpgradeNoteTests {
  private static func met(_ environment: [String: String]) -> [SettingKey] {
    let source = SettingsSource(environment: environment)
    return UpgradeNote.all.filter { $0.isMet(source) }.map(\.key)
  }

  @Test("docs/upgrading.md has the same rows in the same order")
  func document() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/upgrading.md"), encoding: .utf8)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
    #expect(rows == UpgradeNote.all.map { "| `\($0.key.rawValue)` | \($0.concerns) | \($0.line) |" })
  }

  static let cases: [(environment: [String: String], key: SettingKey, isMet: Bool)] = [
    ([:], .backupKeepDays, true),
    (["BACKUP_KEEP": "7"], .backupKeepDays, false),
    (["BACKUP_KEEP_GB": "7"], .backupKeepDays, false),
    ([:], .backupKeep, false),
    (["BACKUP_KEEP": "7"], .backupKeep, true),
    (["BACKUP_KEEP": "7", "BACKUP_KEEP_WEEKLY": "0"], .backupKeep, true),
    (["HOST": "0.0.0.0", "API_KEY": "k"], .metricsPublic, true),
    (["HOST": "0.0.0.0", "ALLOW_ANONYMOUS": "true"], .metricsPublic, false),
    (["HOST": "localhost", "API_KEY": "k"], .metricsPublic, false),
    (["HOST": "0.0.0.0", "API_KEY": "k", "METRICS_PUBLIC": "true"], .metricsPublic, false),
    (["HOST": "::"], .trustedProxies, true),
    (["HOST": "::1"], .trustedProxies, false),
    (["HOST": "::"], .allowedHosts, true),
    (["PUBLIC_URL": "https://example.org/pose"], .publicURL, true),
    (["PUBLIC_URL": "https://example.org/"], .publicURL, false),
    (["PUBLIC_URL": "https://example.org"], .publicURL, false),
    ([:], .publicURL, false),
    ([:], .diskReserve, true),
    (["MYSQL_HOST": "db"], .diskReserve, false),
    (["SMTP_HOST": "mail"], .smtpGreeting, true),
    (["SMTP_HOST": "mail", "SMTP_EHLO_NAME": "a.b"], .smtpGreeting, false),
    // empty values and placeholders are none
    (["BACKUP_PING_URL": ""], .backupPingURL, false),
    (["TO_EMAIL": "your_address"], .toEmail, false),
  ]

  @Test("are met by the settings that they concern, and by no others", arguments: cases)
  func conditions(example: (environment: [String: String], key: SettingKey, isMet: Bool)) {
    #expect(Self.met(example.environment).contains(example.key) == example.isMet)
  }

  @Test("of the two rows on BACKUP_KEEP at most one is met")
  func keep() {
    #expect(Self.met(["BACKUP_KEEP": "7"]).filter { $0 == .backupKeep }.count == 1)
    #expect(Self.met(["BACKUP_KEEP": "7", "BACKUP_KEEP_DAYS": "9"]).filter { $0 == .backupKeep }.count == 1)
  }
}
