import Foundation
import TestServers
import Testing

@Suite("The mail of a backup, from a real server to a real mail server", .serialized)
struct NightlyMailTests {
  static let zone = "America/St_Johns"

  @Test(
    "at the scheduled minute, with the contract's words and the archive", arguments: [nil, MySQLServer.Flavor.mariadb])
  func scheduled(flavor: MySQLServer.Flavor?) async throws {
    let mail = try PythonServer("mail_server.py", ["starttls", "login"])
    let databases = if let flavor { try await Databases.start(flavor) } else { Databases?.none }
    try await withTemporaryFolder { folder in
      let clock = try await FakeClock.make(in: folder)
      let due = Int(Date().timeIntervalSince1970 + 100) / 60 * 60
      // time enough to start and to upload
      try clock.set(due - 25)
      let settings = Self.settings(mail, folder, due: due).merging(databases?.settings ?? [:]) { $1 }
        .merging(clock.environment) { $1 }
      let server = try await ServerProcess.start(in: folder, settings: settings)
      let upload = try await server.client.send(
        "POST", "/api/extract-pose", headers: ["Content-Type": "image/jpeg"], body: try TestPictures.distinct(1))
      #expect(upload.status == 201)
      #expect(clock.now < due)
      #expect(try mail.count == 0)
      for _ in 0..<20 where try mail.count == 0 {
        try clock.goOn(5)
        // what is due has begun by then
        try await Task.sleep(for: .seconds(1))
      }
      try await Self.wait(for: 1, at: mail, seconds: 200)
      #expect((0..<60).contains(clock.now - due))
      #expect(try await server.end(SIGTERM) == 0)

      let path = folder + "/backups/\(Self.text(due, "yyyy-MM-dd"))-backup.zip"
      let archive = try #require(FileManager.default.contents(atPath: path), "\(ServerProcess.log(in: folder))")
      let received = try mail.mail()
      #expect(received.attachments.map(\.size) == [archive.count])
      #expect(received.attachments.map(\.name) == ["\(Self.text(due, "yyyy-MM-dd"))-backup.zip"])
      #expect(
        received.attachments.map(\.sha256) == [
          try await Command.run(["sh", "-c", "sha256sum < \"$1\"", "sh", path]).split(separator: " ")[0].description
        ])
      let envelope: Envelope = try mail.known()
      #expect(
        envelope
          == Envelope(
            from: "pose@example.org", to: ["a@example.org", "b@example.org"], encrypted: true, user: "backup"))
      #expect(received.header("Subject") == ["Daily DB Backup - \(Self.text(due, "yyyy-MM-dd"))"])
      #expect(received.defects == [])
      #expect(
        received.text.replacing("\r\n", with: "\n").replacing(Self.auditParagraph, with: "")
          == Self.contract(due, archive.count, isEmbedded: flavor == nil))
      let proof = try await Self.posevault(["backup", "verify", path], folder, [:])
      #expect(proof.hasSuffix("exit 0\n"), "\(proof)")
    }
  }

  @Test("a backup that fails is told of, with its reason")
  func failure() async throws {
    let mail = try PythonServer("mail_server.py", ["starttls", "login"])
    try await withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let settings = Self.settings(mail, folder).merging(["BACKUP_DIR": "/dev/null"]) { $1 }
      let created = try await Self.posevault(["backup", "create"], folder, settings)
      #expect(created.hasSuffix("exit 1\n"), "\(created)")
      // tells of the folder itself, too, but after that
      let server = try await ServerProcess.start(in: folder, settings: settings)
      try await Self.wait(for: 1, at: mail, seconds: 60)
      let received = try mail.mail()
      #expect(received.header("Subject").first?.hasPrefix("Daily DB Backup FAILED - ") == true)
      #expect(received.text.contains("Your daily database backup has FAILED. There is no new backup."))
      #expect(received.text.contains("- Reason: "))
      #expect(received.attachments == [])
      try await server.end(SIGTERM)
    }
  }

  @Test("an archive that the mail server finds too large is replaced by its manifest and dump")
  func tooLarge() async throws {
    let mail = try PythonServer("mail_server.py", ["starttls", "login", "size=50000"])
    try await withTemporaryFolder { folder in
      let settings = Self.settings(mail, folder)
      let server = try await ServerProcess.start(in: folder, settings: settings)
      let upload = try await server.client.send(
        "POST", "/api/extract-pose", headers: ["Content-Type": "image/jpeg"], body: try TestPictures.distinct(1))
      #expect(upload.status == 201)
      #expect(try await Self.posevault(["backup", "create"], folder, settings).hasSuffix("exit 0\n"))
      try await Self.wait(for: 1, at: mail, seconds: 60)
      let received = try mail.mail()
      let archives = try FileManager.default.contentsOfDirectory(atPath: folder + "/backups")
      // no extract is left
      let archive = try #require(archives.filter { $0.contains("backup") && !$0.hasPrefix(".") }.first)
      #expect(!archives.contains { $0.contains("extract") }, "\(archives)")
      #expect(received.attachments.map(\.name) == ["without-pictures-" + archive])
      #expect(received.text.contains("- Path: \(folder)/backups/\(archive)"))
      #expect(ServerProcess.log(in: folder).contains("was sent."))
      try await server.end(SIGTERM)
    }
  }

  @Test("mail that can't be sent is kept for the next start, and never fails the backup")
  func restart() async throws {
    let gone = try PythonServer("mail_server.py").port
    let mail = try PythonServer("mail_server.py", ["starttls", "login"])
    try await withTemporaryFolder { folder in
      var settings = Self.settings(mail, folder)
      settings["SMTP_PORT"] = "\(gone)"
      let server = try await ServerProcess.start(in: folder, settings: settings)
      let created = try await Self.posevault(["backup", "create"], folder, settings)
      #expect(created.hasSuffix("exit 0\n"), "\(created)")
      for _ in 0..<600 where !ServerProcess.log(in: folder).contains("could not be sent") {
        try await Task.sleep(for: .milliseconds(100))
      }
      let log = ServerProcess.log(in: folder)
      #expect(log.contains("could not be sent and will be retried at") && !log.contains("pass word"), "\(log)")
      try await server.end(SIGKILL)

      settings["SMTP_PORT"] = "\(mail.port)"
      // a minute after the first attempt
      let clock = try await FakeClock.make(in: folder)
      try clock.goOn(60)
      settings.merge(clock.environment) { $1 }
      let next = try await ServerProcess.start(in: folder, settings: settings)
      try await Self.wait(for: 1, at: mail, seconds: 120)
      #expect(try mail.mail().attachments.count == 1)
      try await next.end(SIGTERM)
    }
  }

  @Test("doctor --mail sends a test mail, or tells what the server said")
  func doctor() async throws {
    try await withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let mail = try PythonServer("mail_server.py", ["starttls", "login"])
      let good = try await Self.posevault(["doctor", "--mail"], folder, Self.settings(mail, folder))
      #expect(
        good.contains(
          "✓ The test mail was accepted: mail to a@example.org, b@example.org by "
            + "127.0.0.1:\(mail.port)."))
      #expect(good.hasSuffix("exit 0\n"), "\(good)")
      #expect(try mail.mail().header("Subject") == ["PoseVault test mail"])

      let refusing = try PythonServer("mail_server.py", ["starttls", "login", "mail=550 5.7.1 no thanks"])
      let bad = try await Self.posevault(["doctor", "--mail"], folder, Self.settings(refusing, folder))
      #expect(bad.contains("✗ The test mail could not be sent. ") && bad.contains("550 5.7.1 no thanks"), "\(bad)")
      #expect(bad.hasSuffix("exit 1\n"))
      var wrong = Self.settings(mail, folder)
      wrong["SMTP_PASSWORD"] = "falsches geheimnis"
      let refused = try await Self.posevault(["doctor", "--mail"], folder, wrong)
      #expect(refused.contains("rejects the user or the password") && !refused.contains("geheimnis"), "\(refused)")
      #expect(try mail.count == 1)
    }
  }

  @Test("without settings for mail none is queued, and the start says so")
  func noMail() async throws {
    try await withTemporaryFolder { folder in
      let server = try await ServerProcess.start(in: folder, settings: ["BACKUP_DIR": folder + "/backups"])
      let told = "Backups in \(folder)/backups, 30 days, 8 weeks and 12 months kept; no mail"
      #expect(ServerProcess.log(in: folder).contains(told))
      let settings = ["DATA_DIR": folder + "/data", "BACKUP_DIR": folder + "/backups"]
      #expect(try await Self.posevault(["backup", "create"], folder, settings).hasSuffix("exit 0\n"))
      let said = try await Self.posevault(["doctor"], folder, settings)
      #expect(said.contains("! Backup mail is off") && !said.contains("Mails waiting"), "\(said)")
      try await server.end(SIGTERM)
    }
  }
}

extension NightlyMailTests {
  /// - Parameter due: when the schedule is due, in seconds since 1970; else never.
  private static func settings(_ mail: PythonServer, _ folder: String, due: Int? = nil) -> [String: String] {
    [
      "DATA_DIR": folder + "/data", "BACKUP_DIR": folder + "/backups", "TZ": zone,
      "CRON_SCHEDULE": due.map { text($0, "m H d M *") } ?? "0 0 31 2 *", "FROM_EMAIL": "PoseVault <pose@example.org>",
      "TO_EMAIL": "a@example.org, b@example.org", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "\(mail.port)",
      "SMTP_USER": "backup", "SMTP_PASSWORD": "pass word:ü", "SMTP_SSL_CA": mail.folder + "/ca.pem",
    ]
  }

  /// A moment by the zone's clocks.
  private static func text(_ seconds: Int, _ format: String) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: zone)
    formatter.dateFormat = format
    return formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
  }

  /// The text of the contract, for one picture with one person.
  private static func contract(_ due: Int, _ size: Int, isEmbedded: Bool) -> String {
    """
    Hello,

    Your daily database backup has been completed successfully.

    Backup Details:
    - Date: \(text(due, "MMMM d, yyyy"))
    - Time: \(text(due, "h:mm a"))
    - File: \(text(due, "yyyy-MM-dd"))-backup.zip
    - Size: \(String(format: "%.1f KB", Double(size) / 1024))

    The backup includes:
    ✓ \(isEmbedded ? "Embedded database, as a MySQL dump" : "MySQL database dump")
    ✓ \(isEmbedded ? "Embedded picture list, as a MongoDB collections export" : "MongoDB collections export")
    ✓ All stored images

    Verification: proven (1 pose and 1 picture restored and compared)

    Please find the backup file attached to this email.

    Best regards,
    Automated Backup System

    """
  }

  /// Of hashes that nobody can foresee.
  private static var auditParagraph: Regex<Substring> {
    /Audit trail \(`posevault doctor --audit-head HASH` compares\):\n(?:- [^\n]+: entry [0-9]+, [0-9a-f]{64}\n)+\n/
  }

  private static func wait(for count: Int, at mail: PythonServer, seconds: Int) async throws {
    for _ in 0..<(seconds * 10) {
      if try mail.count >= count { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("no mail arrived in \(seconds) seconds")
  }

  /// What a command of the program prints, and its exit status.
  private static func posevault(
    _ arguments: [String], _ folder: String, _ settings: [String: String]
  ) async throws -> String {
    let environment = settings.map { "\($0.key)=\($0.value)" }
    return try await Command.run(
      ["sh", "-c", #"cd "$1" && shift && "$@" 2>&1; echo "exit $?""#, "sh", folder, "env", "-i"] + environment
        + [ServerProcess.program] + arguments)
  }
}
