import Backup
import Foundation
import Mail
import PoseCore
import Server
import Testing

@testable import posevault

@Suite("Settings in other encodings")
struct TextFileTests {
  static let text = "PORT=4007\r\nFROM_EMAIL=jürg@example.org\r\n"

  /// As editors on Windows write them, by Foundation.
  static let encodings: [(String, Data)] = [
    ("UTF-8", Data(text.utf8)), ("UTF-8 with a mark", Data([0xEF, 0xBB, 0xBF]) + Data(text.utf8)),
    ("UTF-16LE with a mark", Data([0xFF, 0xFE]) + (text.data(using: .utf16LittleEndian) ?? Data())),
    ("UTF-16BE with a mark", Data([0xFE, 0xFF]) + (text.data(using: .utf16BigEndian) ?? Data())),
    ("UTF-16LE", text.data(using: .utf16LittleEndian) ?? Data()),
    ("UTF-16BE", text.data(using: .utf16BigEndian) ?? Data()), ("nothing", Data()),
  ]

  @Test("are read where the encoding is certain", arguments: encodings)
  func read(name: String, bytes: Data) throws {
    #expect(try TextFile.decode(Array(bytes), name: ".env") == (name == "nothing" ? "" : Self.text))
  }

  static let unreadable: [(Data, String)] = [
    (text.data(using: .isoLatin1) ?? Data(), "line 2"), (Data("A=1\nB=".utf8) + Data([0xC3]), "line 2"),
    ((text.data(using: .utf16LittleEndian) ?? Data()).dropLast(), "no text"),
    (Data([0xFF, 0xFE]) + (text.data(using: .utf16LittleEndian) ?? Data()).dropLast(), "UTF-16"),
    (Data([0xFF, 0xFE, 0x00, 0xD8]), "UTF-16"), (Data([0xFF, 0xFE, 0, 0, 0x41, 0, 0, 0]), "UTF-32"),
    (Data("PORT=1\0\0".utf8), "no text"),
  ]

  @Test("stop the start in one line where it is not", arguments: unreadable)
  func refused(bytes: Data, words: String) throws {
    let error = #expect(throws: PoseVaultError.self) { try TextFile.decode(Array(bytes), name: "/srv/.env") }
    #expect(error?.code == .configuration)
    #expect(error?.message.contains(words) == true && error?.message.contains("/srv/.env") == true)
    #expect(error?.message.contains("\n") == false && error?.message.contains("jürg") == false)
  }

  @Test("a setting in the environment that is not UTF-8 is told by its name")
  func environment() {
    #expect(EnvironmentText.fault(Array("API_KEY=".utf8) + [0xFF]) == .apiKey)
    #expect(EnvironmentText.fault(Array("OTHER=".utf8) + [0xFF]) == nil)
    #expect(EnvironmentText.fault(Array("API_KEY=ü".utf8)) == nil)
  }

  @Test("what else docker --env-file leaves: a carriage return is taken off, a comment told, both by the key")
  func returnsAndComments() throws {
    let settings = try Settings(
      SettingsSource(environment: [
        "DATA_DIR": "/srv/d\r", "PORT": "4000\r", "API_KEY": "abcdefghijklmnopqrst\r", "BACKUP_DIR": "\"/b\" # x",
        "BACKUP_PASSPHRASE": "correct horse # battery",
      ]))
    #expect(settings.stores.folder == "/srv/d" && settings.server.port == 4000)
    #expect(settings.apiKey == Secret("abcdefghijklmnopqrst"))
    #expect(settings.backup.passphrase == Secret("correct horse # battery"))
    #expect(settings.notices.contains { $0.contains("carriage return") && $0.contains("DATA_DIR") })
    #expect(settings.notices.count { $0.contains("begins no comment") } == 1)
    #expect(settings.notices.contains { $0.hasPrefix("BACKUP_DIR in the environment holds a #") })
    let mistakes = SettingsTests.mistakes(["DATA_DIR": "/srv/\u{1B}d"])
    #expect(mistakes.count == 1 && mistakes.first?.hasPrefix(#"DATA_DIR=/srv/\x1Bd: "#) == true)
  }

  @Test("quotes that docker --env-file leaves are taken off, but for secrets, and told")
  func quotes() throws {
    let settings = try SettingsTests.settings([
      "BACKUP_DIR": "\"/srv/b\"", "API_KEY": "'abcdefghijklmnopqrst'", "PORT": "'4007'",
    ])
    #expect(settings.backup.folder == "/srv/b" && settings.server.port == 4007)
    #expect(settings.apiKey?.revealed == "'abcdefghijklmnopqrst'")
    for key in ["BACKUP_DIR", "API_KEY", "PORT"] {
      #expect(settings.notices.contains { $0.hasPrefix("\(key) in the environment is in quotes") })
    }
    #expect(!settings.notices.joined().contains("abcdef"))
    // no address begins with one
    let ping = try SettingsTests.settings(["BACKUP_PING_URL": "'https://ping.example/t'"])
    #expect(ping.backup.pingURL?.revealed == "https://ping.example/t")
    let mongo = ["MONGODB_URI": " \"mongodb://localhost/p\" ", "PICTURES": "gridfs"]
    #expect(try SettingsTests.settings(mongo).stores.summary.hasSuffix("pictures in MongoDB on localhost/p"))
    let wrong = SettingsTests.mistakes(["SENDGRID_API_KEY": "\"SG. x\""])
    #expect(
      wrong.count == 1 && wrong[0].hasSuffix(" It is in quotes, which docker --env-file leaves as part of the value."))
    #expect(try SettingsTests.settings(file: "BACKUP_DIR=\"/srv/b\"").notices == [])
  }

  @Test("spaces around a value in the environment are left out, but for secrets, and told")
  func spaces() throws {
    let settings = try SettingsTests.settings([
      "DATA_DIR": " /srv/d\u{A0}", "BACKUP_DIR": "'/srv/b' ", "PORT": "4007\t", "BACKUP_PASSPHRASE": " correct horse ",
    ])
    #expect(settings.stores.folder == "/srv/d" && settings.backup.folder == "/srv/b" && settings.server.port == 4007)
    #expect(settings.backup.passphrase?.revealed == " correct horse ")
    #expect(
      settings.notices.contains(
        "PORT, DATA_DIR, BACKUP_DIR in the environment began or ended with white space, as docker --env-file leaves it: "
          + "it is left out."))
    #expect(try SettingsTests.settings(["DATA_DIR": "  "]).notices == [])
  }

  @Test("full names and lists of addresses are taken as node-cron and nodemailer take them")
  func names() throws {
    let settings = try SettingsTests.settings(
      file: """
        CRON_SCHEDULE=59 23 * January,dec Monday-Friday
        FROM_EMAIL="Vault, The" <v@example.org>
        TO_EMAIL='"Smith, Ann" <a@example.org>, b@example.org'
        SMTP_HOST=mail.example.org
        """)
    #expect(settings.mail?.to.map(\.description) == ["a@example.org", "b@example.org"])
    #expect(settings.mail?.from.description == "v@example.org")
    #expect(settings.backup.schedule.description == "59 23 * January,dec Monday-Friday")
  }

  @Test("a name for EHLO is checked")
  func greeting() throws {
    let mail = ["FROM_EMAIL": "a@b.org", "TO_EMAIL": "a@b.org", "SMTP_HOST": "mail.example.org"]
    for name in ["backup.example.org", "[192.0.2.1]"] {
      #expect(try SettingsTests.settings(mail.merging(["SMTP_EHLO_NAME": name]) { $1 }).mail != nil)
    }
    #expect(
      SettingsTests.mistakes(mail.merging(["SMTP_EHLO_NAME": "laptop"]) { $1 }).first?.hasPrefix(
        "SMTP_EHLO_NAME=laptop: ")
        == true)
  }

  static let databases = [
    "MYSQL_HOST": "127.0.0.1", "MYSQL_USER": "u", "MYSQL_DATABASE": "d", "MONGODB_URI": "mongodb://localhost",
  ]
  static let exposures: [([String: String], String?)] = [
    (databases, nil), (databases.merging(["MYSQL_HOST": "db.example.org"]) { $1 }, "MySQL on db.example.org"),
    (databases.merging(["MONGODB_URI": "mongodb://u:secret@mongo:27017,localhost/x"]) { $1 }, "MongoDB is reached"),
    (databases.merging(["MONGODB_URI": "mongodb://u:secret@mongo/x?ssl=TRUE"]) { $1 }, nil),
    (databases.merging(["MONGODB_URI": "mongodb+srv://u:secret@mongo/x"]) { $1 }, nil),
    (databases.merging(["MONGODB_URI": "mongodb+srv://u:secret@mongo/x?tls=false"]) { $1 }, "MongoDB is reached"),
    (databases.merging(["MONGODB_URI": "mongodb://mongo/x?tls=true&tlsInsecure=true"]) { $1 }, "is not checked"),
    (
      databases.merging(["MONGODB_URI": "mongodb+srv://mongo/x?tlsAllowInvalidCertificates=true"]) { $1 },
      "is not checked"
    ),
    (databases.merging(["MONGODB_URI": "mongodb://mongo/x?tls=true&tlsInsecure=false"]) { $1 }, nil),
    (databases.merging(["MONGODB_URI": "mongodb://localhost/x?tls=true&tlsInsecure=true"]) { $1 }, nil),
    (["BACKUP_PASSPHRASE": "a"], "BACKUP_PASSPHRASE is short enough"),
    (["BACKUP_PING_URL": "http://ping.example.org/token"], "BACKUP_PING_URL is called"),
    (["BACKUP_PING_URL": "https://ping.example.org/token"], nil),
    (["BACKUP_PING_URL": "http://[::1]:8000/token"], nil),
    (["API_KEY": "abcdefghijklmnopqrst", "PUBLIC_URL": "http://poses.example.org"], "PUBLIC_URL is on another"),
    (["API_KEY": "abcdefghijklmnopqrst", "PUBLIC_URL": "http://localhost:3000"], nil),
    (["API_KEY": "abcdefghijklmnopqrst", "PUBLIC_URL": "https://poses.example.org"], nil),
    (["PUBLIC_URL": "http://poses.example.org"], nil),
    (["HOST": "0.0.0.0", "API_KEY": "x", "PUBLIC_URL": "http://a"], "HOST=0.0.0.0 lets other machines try"),
    (["FROM_EMAIL": "a@b.org", "TO_EMAIL": "a@b.org", "SMTP_HOST": "m.org"], "mailed unencrypted"),
    (
      ["FROM_EMAIL": "a@b.org", "TO_EMAIL": "a@b.org", "SMTP_HOST": "m.org", "BACKUP_REPOSITORY": "/r"],
      "file names are mailed unencrypted"
    ),
    (
      ["FROM_EMAIL": "a@b.org", "TO_EMAIL": "a@b.org", "SMTP_HOST": "m.org", "BACKUP_PASSPHRASE": "secret words"], nil
    ),
    (
      ["FROM_EMAIL": "a@b.org", "TO_EMAIL": "a@b.org", "SMTP_HOST": "m.org", "BACKUP_MAIL_LIMIT_MB": "0"], nil
    ),
  ]

  @Test("what others could read is told at the start, and stops nothing", arguments: exposures)
  func exposed(environment: [String: String], words: String?) throws {
    let notices = try Settings(SettingsSource(environment: environment)).notices
    if let words {
      #expect(notices.count { $0.contains(words) } == 1, "\(notices)")
    } else {
      #expect(notices == [])
    }
    #expect(!notices.joined().contains("secret"))
  }

  @Test(
    "a file of a secret that every user may read is told of", arguments: ["API_KEY_FILE", "S3_SECRET_ACCESS_KEY_FILE"]
  )
  func rightsOfKeys(setting: String) throws {
    let path = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString).key"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("abcdefghijklmnopqrst\n".utf8).write(to: URL(filePath: path))
    for (mode, isTold) in [(0o644, true), (0o600, false), (0o640, false)] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      let exposures = try Settings(SettingsSource(environment: [setting: path])).exposures
      #expect(exposures.contains { $0.contains("chmod 600 \(path)") } == isTold)
    }
  }

  @Test("a file with secrets that every user may read is told of")
  func rights() throws {
    let path = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString).env"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("API_KEY=abcdefghijklmnopqrst\n".utf8).write(to: URL(filePath: path))
    for (mode, isTold) in [(0o644, true), (0o600, false), (0o640, false)] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      let notices = try Settings(try SettingsSource.load(file: path, environment: [:])).notices
      #expect(notices.contains { $0.contains("chmod 600") } == isTold)
    }
  }

  @Test(
    "a mistyped command is answered with the one that was meant",
    arguments: [
      (["sevre"], "posevault serve"), (["extrct", "a.jpg"], "posevault extract"),
      (["backup", "crate"], "posevault backup create"), (["dcotor"], "posevault doctor"), (["photo.jpg"], nil),
      (["backup", "create"], nil), (["--version"], nil), ([], nil),
      (["help", "sevre"], "posevault help serve"), (["help", "backup", "crate"], "posevault help backup create"),
      (["help"], nil), (["help", "serve"], nil), (["version"], "posevault --version"),
    ] as [([String], String?)])
  func commands(arguments: [String], meant: String?) {
    let hint = PoseVaultCommand.hint(arguments)
    #expect((hint == nil) == (meant == nil))
    if let meant { #expect(hint?.contains("Did you mean '\(meant)'?") == true) }
  }
}
