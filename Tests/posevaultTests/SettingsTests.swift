import Foundation
import PoseCore
import Server
import Testing

@testable import posevault

@Suite("Settings")
struct SettingsTests {
  static func settings(_ environment: [String: String] = [:], file: String = "") throws -> Settings {
    try Settings(SettingsSource(environment: environment, fileText: file, file: "/srv/pose/.env"))
  }

  /// What is wrong with them, without the line that says where they came from.
  static func mistakes(_ environment: [String: String], file: String = "") -> [String] {
    do {
      _ = try settings(environment, file: file)
      return []
    } catch let mistakes as SettingsMistakes {
      return Array(mistakes.lines.dropFirst())
    } catch {
      return ["\(error)"]
    }
  }

  @Test("nothing set: loopback, port 3000, embedded storage in ./data, the contract's limits")
  func defaults() throws {
    let settings = try Settings(SettingsSource(environment: [:]))
    #expect(settings.server.host == "127.0.0.1")
    #expect(settings.server.port == 3000)
    #expect(settings.apiKey == nil)
    #expect(settings.stores.folder == Path.workingDirectory + "/data")
    #expect(settings.server.maxUploadBytes == 25 * 1024 * 1024)
    #expect(settings.extraction.maxPixels == 50_000_000)
    #expect(settings.extraction.workers == ProcessInfo.processInfo.activeProcessorCount)
  }

  @Test("the environment goes before the file, and an empty variable hides the file's")
  func precedence() throws {
    #expect(try Self.settings(["PORT": "4001"], file: "PORT=4002").server.port == 4001)
    #expect(try Self.settings(file: "PORT=4002").server.port == 4002)
    #expect(try Self.settings(["PORT": ""], file: "PORT=4002").server.port == 3000)
  }

  @Test("relative paths are relative to the file's folder, those in the environment to the working directory")
  func relativePaths() throws {
    #expect(try Self.settings(file: "DATA_DIR=./d").stores.folder == "/srv/pose/d")
    #expect(try Self.settings(file: "DATA_DIR=/var/d").stores.folder == "/var/d")
    #expect(try Self.settings(["DATA_DIR": "d"]).stores.folder == Path.workingDirectory + "/d")
  }

  @Test(
    "a folder has one path, however it is spelled",
    arguments: ["/x/backups", "/x/backups/", "/x//backups", "/x/./backups", "//x/backups/.", "backups", "./backups/."])
  func spellings(path: String) {
    #expect(Path.absolute(path, in: "/x/") == "/x/backups")
  }

  @Test("a way back is left to the file system, which knows the links")
  func wayBack() {
    #expect(Path.absolute("/x/link/../backups", in: "/") == "/x/link/../backups")
  }

  @Test("a folder's name may begin with a mark that joins the slash before it")
  func marks() {
    #expect(Path.absolute("/\u{301}a", in: "/b") == "/\u{301}a")
    #expect(Path.absolute("./\u{301}a", in: "/b/\u{301}c") == "/b/\u{301}c/\u{301}a")
    #expect(Path.folder(of: "/b/\u{301}a").unicodeScalars.elementsEqual("/b".unicodeScalars))
  }

  @Test("empty values and placeholders count as unset", arguments: ["", "  ", "your_key", "YOUR_API_KEY"])
  func unset(value: String) throws {
    #expect(try Self.settings(["API_KEY": value]).apiKey == nil)
    #expect(try Self.settings(file: "API_KEY='\(value)'").apiKey == nil)
    #expect(Self.mistakes(["PORT": value, "MYSQL_PASSWORD": value, "MONGODB_URI": value]) == [])
  }

  @Test(
    "a wrong value is one line with the key, the value and what is allowed",
    arguments: [
      ("PORT", "http", "a whole number from 0 to 65535"),
      ("PORT", "65536", "a whole number from 0 to 65535"),
      ("HOST", "a b", "an IP address or a host name"),
      ("ALLOW_ANONYMOUS", "maybe", "true or false"),
      ("PUBLIC_URL", "poses.example.org", "an address such as https://poses.example.org, without query"),
      ("PUBLIC_URL", "https://a.example/?q", "an address such as https://poses.example.org, without query"),
      ("ALLOWED_HOSTS", "a.example, ::1", "host names with commas between them, or *"),
      ("ALLOWED_HOSTS", "a b", "host names with commas between them, or *"),
      (
        "CORS_ORIGIN", "https://a.example/page",
        "origins such as https://app.example.org with commas between them, without a path"
      ),
      (
        "TRUSTED_PROXIES", "proxy.lan",
        "addresses such as 10.0.0.7 or networks such as 10.0.0.0/8 with commas between them"
      ),
      (
        "TRUSTED_PROXIES", "10.0.0.0/33",
        "addresses such as 10.0.0.7 or networks such as 10.0.0.0/8 with commas between them"
      ),
      ("METRICS_PUBLIC", "maybe", "true or false"),
      ("BODY_TIMEOUT_SECONDS", "0", "a whole number from 1 to 86400"),
      ("DISK_RESERVE_MB", "2%", "a whole number from 0 to 1000000000"),
      (
        "TZ", "Europe/Nowhere",
        "a time zone such as Europe/Vienna or UTC, or Etc/GMT-2 for two hours ahead of UTC"
      ),
      ("LOG_LEVEL", "loud", "trace, debug, info, notice, warning, error or critical"),
      ("POSE_MODEL", "/no/such.tflite", "the path of an existing landmark model (.tflite)"),
      ("WORKERS", "0", "a whole number from 1 to 256"),
      ("MAX_UPLOAD_MB", "2.5", "a whole number from 1 to 1024"),
      ("MYSQL_PORT", "0", "a whole number from 1 to 65535"),
      ("SMTP_PORT", "smtp", "a whole number from 1 to 65535"),
      ("FROM_EMAIL", "nobody", "an e-mail address"),
      ("TO_EMAIL", "a@example.org, b@", "an e-mail address, or several with commas between them"),
    ])
  func wrongValue(key: String, value: String, allowed: String) {
    // MYSQL_PORT alone is a second mistake of its own
    #expect(Self.mistakes([key: value]).first == "\(key)=\(value): must be \(allowed).")
  }

  @Test("the value of a secret is not told")
  func secrets() throws {
    let mistakes = Self.mistakes([
      "API_KEY": "geheim nis", "MONGODB_URI": "http://u:geheim@h", "MYSQL_HOST": "h", "MYSQL_USER": "u",
      "MYSQL_DATABASE": "d",
    ])
    #expect(mistakes.count == 2)
    #expect(mistakes.allSatisfy { $0.contains("(value hidden)") && !$0.contains("geheim") })
    let settings = try Self.settings(["API_KEY": "geheim"])
    #expect(settings.apiKey?.revealed == "geheim")
    var dumped = ""
    dump(settings, to: &dumped)
    #expect(!dumped.contains("geheim") && !"\(settings)".contains("geheim"))
  }

  @Test("all mistakes are told at once")
  func allAtOnce() {
    #expect(Self.mistakes(["PORT": "x", "WORKERS": "x", "TZ": "x"]).count == 3)
  }

  @Test(
    "an address that others can reach wants a key or ALLOW_ANONYMOUS",
    arguments: [
      ("0.0.0.0", [:], false), ("192.168.1.5", [:], false), ("::", [:], false), ("example.org", [:], false),
      ("0.0.0.0", ["API_KEY": "k"], true), ("0.0.0.0", ["ALLOW_ANONYMOUS": "true"], true),
      ("0.0.0.0", ["ALLOW_ANONYMOUS": "false"], false), ("0.0.0.0", ["API_KEY": "your_key"], false),
      ("127.0.0.1", [:], true), ("::1", [:], true), ("localhost", [:], true),
    ] as [(String, [String: String], Bool)])
  func openListening(host: String, others: [String: String], isAllowed: Bool) throws {
    let openness = try Self.settings(others.merging(["HOST": host]) { $1 }).openness
    #expect((openness == nil) == isAllowed)
    #expect(isAllowed || openness?.hasPrefix("HOST=\(host) ") == true)
  }

  @Test("API_KEY_FILE is a file with the key alone, in place of API_KEY")
  func keyFile() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = folder + "/key"
    try Data("a-key-of-enough-letters\n".utf8).write(to: URL(filePath: file))
    let settings = try Self.settings(["API_KEY_FILE": file])
    #expect(settings.apiKey?.revealed == "a-key-of-enough-letters")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
    #expect(try Self.settings(["API_KEY_FILE": file]).exposures.contains { $0.hasPrefix("\(file) holds the API key") })
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    #expect(try Self.settings(["API_KEY_FILE": file]).exposures.isEmpty)
    #expect(
      Self.mistakes(["API_KEY_FILE": file, "API_KEY": "k"]) == [
        "API_KEY and API_KEY_FILE are both set: set one of them."
      ])
    for (content, fault) in [
      ("", "must contain a key"), ("two words", "must contain a key"), ("\u{FC}", "must contain a key"),
    ] {
      try Data(content.utf8).write(to: URL(filePath: file))
      let mistakes = Self.mistakes(["API_KEY_FILE": file])
      #expect(mistakes.count == 1 && mistakes.first?.contains(fault) == true)
      #expect(content.isEmpty || mistakes.first?.contains(content) == false)
    }
    #expect(Self.mistakes(["API_KEY_FILE": folder + "/none"]).first?.contains("it doesn't exist") == true)
  }

  @Test("MySQL and MongoDB go together, and no MYSQL_ key without MYSQL_HOST")
  func databases() throws {
    let mongo = "mongodb://localhost"
    #expect(Self.mistakes(["MYSQL_HOST": "h"]).count == 1)
    #expect(Self.mistakes(["MONGODB_URI": mongo]).count == 1)
    for key in ["MYSQL_PORT", "MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE", "MYSQL_CONNECTIONS"] {
      let mistakes = Self.mistakes([key: "306", "MONGODB_URI": mongo])
      #expect(mistakes == ["\(key) set, but not MYSQL_HOST: set it too, or none of them."])
    }
    #expect(
      Self.mistakes(["MYSQL_HOST": "h", "MONGODB_URI": mongo]) == [
        "MYSQL_HOST is set, but not MYSQL_USER.", "MYSQL_HOST is set, but not MYSQL_DATABASE.",
      ])
    let complete = ["MYSQL_HOST": "h", "MYSQL_USER": "u", "MYSQL_DATABASE": "d", "MONGODB_URI": mongo]
    let stores = try Self.settings(complete).stores
    #expect((stores.poses as? MySQLPoses)?.port == 3306)
    #expect(stores.summary == "poses in MySQL database d on h:3306, pictures in MongoDB on localhost")
  }

  @Test("PICTURES says where pictures are, whatever poses are in")
  func pictures() throws {
    let mongo = ["MONGODB_URI": "mongodb://localhost/p"]
    let mysql = ["MYSQL_HOST": "h", "MYSQL_USER": "u", "MYSQL_DATABASE": "d"]
    let here = Path.workingDirectory + "/data"
    let files = try Self.settings(mysql.merging(["PICTURES": "files"]) { $1 })
    #expect(files.stores.summary == "poses in MySQL database d on h:3306, pictures in files in \(here)")
    #expect(files.stores.folder == nil && files.stores.isForOneServer)
    let bucket = try Self.settings(mongo.merging(["PICTURES": "GridFS"]) { $1 })
    #expect(bucket.stores.summary == "poses in SQLite in \(here), pictures in MongoDB on localhost/p")
    let both = try Self.settings(mysql.merging(mongo) { $1 }.merging(["PICTURES": "files"]) { $1 })
    #expect(both.stores.pictures.folder == here)
    #expect(both.notices.contains("MONGODB_URI is not used: PICTURES is files."))
    #expect(try Self.settings(["PICTURES": "files"]).stores.folder == here)
    #expect(
      Self.mistakes(mysql.merging(["PICTURES": "gridfs"]) { $1 }) == [
        "PICTURES is gridfs, but MONGODB_URI is not set."
      ])
    #expect(Self.mistakes(["PICTURES": "tape"]) == ["PICTURES=tape: must be files, gridfs, s3."])
    #expect(Self.mistakes(mysql).first?.hasPrefix("MYSQL_HOST is set, but not MONGODB_URI: ") == true)
  }

  @Test(
    "a MongoDB URI is shown without user and password, or not at all",
    arguments: [
      ("mongodb://localhost:27017/pose_images_db", "localhost:27017/pose_images_db"),
      ("mongodb://u:p%40@a.example,b.example:27018/db?authSource=admin", "a.example,b.example:27018/db"),
      ("mongodb+srv://u:p@cluster.example", "cluster.example"),
      ("mongodb://u:p/ss@host/db", nil),
      ("mongodb://u:p@ss@host/db", nil),
      ("mongodb://u:p:ss@host/db", nil),
      ("mongodb://u:p?ss@host/db", nil),
      ("mongodb://u:pass", nil),
    ])
  func mongoPlace(uri: String, shown: String?) {
    #expect(GridFSPictures.place(of: uri) == shown)
  }

  @Test("an older installation's file is understood")
  func olderFile() throws {
    let text = try String(contentsOf: Fixture.url("settings/older.env"), encoding: .utf8)
    let source = SettingsSource(environment: [:], fileText: text, file: "/srv/pose/.env")
    #expect(source.unknownKeys == [])
    #expect(source.text(.mysqlHost) == "localhost")
    #expect(source.text(.mysqlPort) == "3306")
    #expect(source.text(.mysqlUser) == "pose user")
    #expect(source.text(.mysqlPassword) == "p#ss w'rd")
    #expect(source.text(.mysqlDatabase) == "pose_db")
    #expect(
      source.text(.mongoURI) == "mongodb://pose:p%23@localhost:27017/pose_images_db?authSource=admin")
    #expect(source.text(.fromEmail) == "\"PoseVault\" <backup@example.org>")
    #expect(source.text(.toEmail) == "a@example.org, b@example.org")
    #expect(source.text(.smtpPort) == "587")
    #expect(source.text(.backupDirectory) == "/srv/pose/backups")
    #expect(source.text(.cronSchedule) == "59 23 * * *")
    for key in [SettingKey.sendGridKey, .smtpHost, .smtpUser, .smtpPassword] { #expect(source.text(key) == nil) }
    let settings = try Settings(source)
    #expect(settings.server.port == 3000)
    #expect((settings.stores.poses as? MySQLPoses)?.password == Secret("p#ss w'rd"))
    #expect(
      settings.stores.summary
        == "poses in MySQL database pose_db on localhost:3306, pictures in MongoDB on localhost:27017/pose_images_db")
    #expect(settings.mail == nil)
    #expect(settings.backup.folder == "/srv/pose/backups")
    #expect(
      settings.notices == [
        "NODE_ENV is no longer needed and is ignored.", "PYTHON_SCRIPT_PATH is no longer needed and is ignored.",
        "No mail is sent: FROM_EMAIL, TO_EMAIL set, but not SENDGRID_API_KEY or SMTP_HOST.",
      ])
  }

  @Test("lists are cut at commas")
  func lists() throws {
    let settings = try Self.settings(["ALLOWED_HOSTS": "a.example, [::1]:80 ,*", "CORS_ORIGIN": "https://a.example"])
    #expect(settings.server.allowedHosts == ["a.example", "[::1]:80", "*"])
    #expect(settings.server.corsOrigins == ["https://a.example"])
  }

  /// Punycode as Python's codecs have it, and paths as its urllib quotes them.
  @Test(
    "addresses are taken in the form in which clients send them",
    arguments: [
      ("https://bücher.example", "https://xn--bcher-kva.example"),
      ("HTTPS://BÜCHER.Example:8443/pöse/", "https://xn--bcher-kva.example:8443/p%C3%B6se"),
      ("https://h/a b", "https://h/a%20b"), ("https://h/p%c3%b6se", "https://h/p%C3%B6se"),
      ("https://example.org/Pose/", "https://example.org/Pose"), ("http://[::1]:3000", "http://[::1]:3000"),
      ("http://pose_vault:3000", "http://pose_vault:3000"),
    ])
  func addresses(given: String, sent: String) throws {
    #expect(try Self.settings(["PUBLIC_URL": given]).server.publicURL == sent)
  }

  @Test("names beyond ASCII are known by their Punycode in lists, too")
  func punycode() throws {
    let settings = try Self.settings([
      "CORS_ORIGIN": "https://münchen.example, http://a.example:8080", "ALLOWED_HOSTS": "bücher.example:8443",
    ])
    #expect(settings.server.corsOrigins == ["https://xn--mnchen-3ya.example", "http://a.example:8080"])
    #expect(settings.server.allowedHosts == ["xn--bcher-kva.example:8443"])
  }

  @Test(
    "an address that no client could send stops the start",
    arguments: [
      ("CORS_ORIGIN", "https://*.example.org"), ("CORS_ORIGIN", "https://a.example/"), ("PUBLIC_URL", "https://*"),
      ("PUBLIC_URL", "https://h/a%zz"), ("PUBLIC_URL", "https://h/a/../b"), ("PUBLIC_URL", "https://u@h"),
      ("PUBLIC_URL", "https://h:65536"), ("PUBLIC_URL", "https://h:"), ("PUBLIC_URL", "https://h/#a"),
      ("PUBLIC_URL", "https://a b"), ("ALLOWED_HOSTS", "*.example.org"),
    ])
  func unsendable(key: String, value: String) {
    let mistakes = Self.mistakes([key: value])
    #expect(mistakes.count == 1 && mistakes[0].hasPrefix("\(key)=\(value): must be "), "\(mistakes)")
  }

  @Test("a path of the server's own is refused for PUBLIC_URL", arguments: ["/api", "/docs/", "/metrics"])
  func ownPath(path: String) {
    #expect(
      Self.mistakes(["PUBLIC_URL": "https://h\(path)"]) == [
        "PUBLIC_URL=https://h\(path): the server's own files and routes have that path: use another, such as /pose."
      ])
  }

  @Test("proxies, metrics, the body's time and the disk's reserve reach the server")
  func serverLimits() throws {
    let server = try Self.settings([
      "TRUSTED_PROXIES": "10.0.0.7, fd00::/8", "METRICS_PUBLIC": "true", "BODY_TIMEOUT_SECONDS": "60",
      "DISK_RESERVE_MB": "100",
    ]).server
    #expect(server.trustedProxies == [NetworkRange("10.0.0.7"), NetworkRange("fd00::/8")])
    #expect(server.isMetricsPublic)
    #expect(server.bodyTimeout == .seconds(60))
    #expect(server.diskReserve == 104_857_600)
    let usual = try Self.settings([:]).server
    #expect(usual.trustedProxies == [] && !usual.isMetricsPublic && usual.diskReserve == nil)
    #expect(usual.bodyTimeout == .seconds(300))
  }

  @Test("other machines are told each address of this one, where it listens on all of them")
  func elsewhere() throws {
    let settings = try Self.settings(["HOST": "0.0.0.0", "ALLOW_ANONYMOUS": "true"])
    let told = StartLines.elsewhere(settings, port: 3000)
    #expect(told.allSatisfy { $0.wholeMatch(of: /http:\/\/[0-9.]+:3000/) != nil && !$0.contains("//127.") })
    #expect(StartLines.elsewhere(try Self.settings([:]), port: 3000) == [])
  }

  @Test("a key that nobody knows is pointed out")
  func unknownKey() throws {
    let notice = try Self.settings(file: "API_KEYS=x\nMSQL_HOST=y\nHOME=z").notices.first
    #expect(notice?.hasSuffix("API_KEYS (did you mean API_KEY?), HOME, MSQL_HOST (did you mean MYSQL_HOST?)") == true)
  }

  @Test("the first letters of one key alone are that key")
  func beginnings() throws {
    let notice = try Self.settings(file: "SMTP_PASS=x\nMYSQL_PASS=y\nBACKUP=z").notices.first
    #expect(
      notice?.hasSuffix(
        "BACKUP, MYSQL_PASS (did you mean MYSQL_PASSWORD?), SMTP_PASS (did you mean SMTP_PASSWORD?)") == true)
  }

  @Test("lines that are no settings are told by their numbers, for they may hold a secret")
  func strayLines() throws {
    let text = "# ok\n\nset API_KEY=geheim\nPORT=4000\n  $env:API_KEY=\"geheim\"\r\nAPI_KEY\n{\n\"PORT\": 1\n}\nA b\n"
    let settings = try Self.settings(file: text)
    #expect(settings.server.port == 4000)
    #expect(
      settings.notices.first
        == "/srv/pose/.env has lines that are not KEY=VALUE and are ignored: 3, 5, 6, 7, 8, …")
    let whole = "A='1\n2'\n\n \n# x = y\nB: \"3\n4\"\nexport C=5"
    #expect(SettingsSource(environment: [:], fileText: whole).strayLines == [])
  }

  @Test("a file that was named must exist; .env need not, but a link must lead to one")
  func missingFile() throws {
    #expect(throws: PoseVaultError.self) { try SettingsSource.load(file: "/no/such/.env", environment: [:]) }
    let link = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString).env"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/no/such/.env")
    defer { try? FileManager.default.removeItem(atPath: link) }
    #expect(throws: PoseVaultError.self) { try SettingsSource.load(file: nil, usual: link, environment: [:]) }
    #expect(try SettingsSource.load(file: nil, usual: link + "x", environment: [:]).file == nil)
  }

  @Test("a file that is too long for settings stops the start, and is not read")
  func fileSize() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "posevault-\(UUID().uuidString).env")
    defer { try? FileManager.default.removeItem(at: file) }
    for (length, isRead) in [(1 << 20, true), ((1 << 20) + 1, false)] {
      let text = "PORT=3001\n#" + String(repeating: "x", count: length - 11)
      try text.write(to: file, atomically: false, encoding: .utf8)
      let source = try? SettingsSource.load(file: file.path, environment: [:])
      #expect((source != nil) == isRead)
    }
  }

  @Test(
    ".env.example and docs/configuration.md explain every key, and no others",
    arguments: [".env.example", "docs/configuration.md"])
  func documented(file: String) throws {
    let text = try String(contentsOf: Fixture.repository.appending(path: file), encoding: .utf8)
    let found: [String]
    if file == ".env.example" {
      found = text.matches(of: /(?m)^#? ?([A-Z][A-Z0-9_]+)=/).map { String($0.1) }
    } else {
      found = text.matches(of: /(?m)^\| `([A-Z][A-Z0-9_]+)`/).map { String($0.1) }
    }
    #expect(found.sorted() == SettingKey.allCases.map(\.rawValue).sorted())
  }
}
