import Curl
import Foundation
import Mail
import PoseCore
import Testing
import TestServers

@Suite("Mail by SMTP, as a real server takes it", .serialized)
struct SMTPTests {
  private struct Greeted: Decodable {
    var name: String
  }

  @Test("arrives byte by byte, in plain text and HTML, with its attachment", arguments: [0, 1, 57, 3_000_001])
  func wholeMail(size: Int) async throws {
    let server = try PythonServer("mail_server.py")
    let content = Sample.bytes(size)
    let file = server.folder + "/archive.zip"
    try content.write(to: URL(filePath: file))
    let text =
      "Hello,\n\n.\n..dots begin lines\n✓ All stored images = <100 %> & more\nFrom here \(String(repeating: "x", count: 2000))\n\n"
    let letter = try Sample.letter(
      to: ["admin@example.org", "other+tag@mail.example.org"], text: text,
      attachment: Letter.Attachment(path: file, name: "2025-12-10-backup.zip"))
    #expect(try await Sample.smtp(server).send(letter) == .sent(refused: []))

    let envelope: Envelope = try server.known()
    #expect(
      envelope
        == Envelope(
          from: "backup@example.org", to: ["admin@example.org", "other+tag@mail.example.org"], encrypted: false,
          user: nil))
    let mail = try server.mail()
    #expect(mail.text.replacing("\r\n", with: "\n") == text)
    #expect(mail.html.contains("✓ All stored images = &lt;100 %&gt; &amp; more<br>"))
    #expect(
      mail.attachments == [
        .init(
          name: "2025-12-10-backup.zip", type: "application/zip", size: size, sha256: Sample.sha256(content))
      ])
    #expect(mail.types == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/zip"])
    #expect(mail.header("Subject") == ["Daily DB Backup - 2025-12-10"])
    #expect(mail.header("From") == ["backup@example.org"])
    #expect(mail.header("To") == ["admin@example.org, other+tag@mail.example.org"])
    #expect(mail.header("Message-ID") == ["<abc123@example.org>"])
    #expect(mail.header("MIME-Version") == ["1.0"])
    #expect(mail.date == 1_765_409_940)
    #expect(mail.defects == [])
    #expect(mail.longestLine <= 998 && mail.bareLineEnds == 0)
  }

  @Test("goes encrypted with a login, on demand and from the first byte", arguments: ["starttls", "tls"])
  func encrypted(kind: String) async throws {
    let server = try PythonServer("mail_server.py", [kind, "login"])
    let transport = try Sample.smtp(server, kind == "tls" ? .implicit : .required, password: "pass word:ü")
    #expect(try await transport.send(try Sample.letter()) == .sent(refused: []))
    let envelope: Envelope = try server.known()
    #expect(envelope.encrypted && envelope.user == "backup")
  }

  @Test("takes encryption that is offered")
  func offered() async throws {
    let server = try PythonServer("mail_server.py", ["starttls"])
    #expect(try await Sample.smtp(server, .whereOffered).send(try Sample.letter()) == .sent(refused: []))
    #expect(try server.known(as: Envelope.self).encrypted)
  }

  @Test("does not go where encryption is missing, or the server is another one or unknown")
  func encryptionFaults() async throws {
    for (options, encryption, trusts) in [
      ([], .required, true), (["starttls", "stranger"], .required, true), (["tls", "stranger"], .implicit, true),
      (["starttls"], .required, false), (["tls"], .implicit, false), ([], .implicit, true),
    ] as [([String], SMTPServer.Encryption, Bool)] {
      let server = try PythonServer("mail_server.py", options)
      let transport = try Sample.smtp(
        server, encryption, password: "secret", trusts: trusts, limits: TransferLimits(connect: 5, reply: 5, total: 9))
      let failure = try failure(await transport.send(try Sample.letter()))
      #expect(failure.kind == .encryption, "\(options) \(encryption): \(failure)")
      #expect(!failure.message.contains("secret"))
      #expect(try server.count == 0)
    }
  }

  @Test("tells a wrong password, and does not repeat it")
  func wrongPassword() async throws {
    let server = try PythonServer("mail_server.py", ["starttls", "login"])
    let wrong = try failure(await Sample.smtp(server, password: "wrong secret").send(try Sample.letter()))
    #expect(wrong.kind == .authentication)
    #expect(!wrong.message.contains("secret") && wrong.message.contains("127.0.0.1:\(server.port)"))
    let missing = try failure(await Sample.smtp(server).send(try Sample.letter()))
    #expect(missing.kind == .authentication)
  }

  @Test(
    "tells what the server's refusal means",
    arguments: [
      ("data=552 5.3.4 too big", DeliveryFailure.Kind.tooLarge), ("data=554 5.3.4 too big", .tooLarge),
      ("data=550 5.7.1 no thanks", .permanent), ("data=451 4.3.0 later", .temporary), ("mail=452 full", .temporary),
      ("mail=550 not you", .permanent), ("size=2000", .tooLarge), ("rcpt=admin@example.org", .permanent),
      ("mail=421 closing", .temporary),
    ])
  func refusals(option: String, kind: DeliveryFailure.Kind) async throws {
    let server = try PythonServer("mail_server.py", [option])
    let letter = try Sample.letter(text: String(repeating: "word ", count: 2000))
    let failure = try failure(await Sample.smtp(server).send(letter))
    #expect(failure.kind == kind, "\(failure)")
    #expect(!failure.message.contains("\r") && !failure.message.contains("\n"))
  }

  @Test("reaches the others when one recipient is refused, and names that one")
  func oneRefused() async throws {
    let server = try PythonServer("mail_server.py", ["rcpt=gone@example.org"])
    let letter = try Sample.letter(to: ["a@example.org", "gone@example.org", "b@example.org"])
    #expect(
      try await Sample.smtp(server).send(letter)
        == .sent(refused: [
          Refusal(
            recipient: try MailAddress("gone@example.org"), reply: "550 5.1.1 no such user", isTemporary: false)
        ]))
    #expect(try server.known(as: Envelope.self).to == ["a@example.org", "b@example.org"])
  }

  @Test("where all recipients are refused, the mail is tried again if one of them may be taken later")
  func allRefused() async throws {
    let server = try PythonServer("mail_server.py", ["rcpt=gone@example.org", "later=full@example.org"])
    for (to, kind) in [
      (["full@example.org", "gone@example.org"], DeliveryFailure.Kind.temporary),
      (["gone@example.org", "full@example.org"], .temporary), (["full@example.org"], .temporary),
      (["gone@example.org"], .permanent),
    ] {
      let failure = try failure(await Sample.smtp(server).send(try Sample.letter(to: to)))
      #expect(failure.kind == kind, "\(to): \(failure)")
      if to.count > 1 {
        #expect(
          failure.message.contains("gone@example.org: '550") && failure.message.contains("full@example.org: '450"))
      }
    }
    #expect(try server.count == 0)
  }

  @Test("a server that wants fully qualified names gets one, or an address where the machine's name has no dot")
  func greetings() async throws {
    let server = try PythonServer("mail_server.py", ["fqdn"])
    func send(_ greeting: Greeting) async throws -> Delivery {
      try await SMTPTransport(
        try SMTPServer(
          host: "127.0.0.1", port: server.port, encryption: .whereOffered, login: nil, greeting: greeting)
      ).send(try Sample.letter())
    }
    #expect(try await send(Greeting(ofMachine: "laptop")) == .sent(refused: []))
    #expect(try await send(Greeting("backup.example.org")) == .sent(refused: []))
    #expect(try await send(Greeting("[IPv6:::1]")) == .sent(refused: []))
    #expect(
      try (1...3).map { try server.known($0, as: Greeted.self).name } == [
        "[127.0.0.1]", "backup.example.org", "[IPv6:::1]",
      ])
    // whatever this machine is called
    #expect(try await Sample.smtp(server).send(try Sample.letter()) == .sent(refused: []))
  }

  @Test(
    "a machine greets by its name if that is fully qualified, as nodemailer does",
    arguments: [
      ("mail.example.org", "mail.example.org"), ("laptop", "[127.0.0.1]"), ("", "[127.0.0.1]"),
      ("10.0.0.7", "[127.0.0.1]"), ("my_host.example.org", "[127.0.0.1]"), ("a..b", "[127.0.0.1]"),
    ])
  func machineNames(name: String, greeting: String) throws {
    #expect(Greeting(ofMachine: name) == (try Greeting(greeting)))
  }

  @Test(
    "a name that servers would refuse is no greeting",
    arguments: [
      "laptop", "", "10.0.0.7", "[10.0.0]", "[laptop]", "a b.org", "a.org\r\nX", "-a.org", "a.org/x", "[::1]",
    ])
  func wrongGreetings(text: String) {
    #expect(throws: PoseVaultError.self) { try Greeting(text) }
  }

  @Test("gives up on a server that hangs, drops the line or is not there", arguments: ["hang", "drop", "gone"])
  func deadServers(kind: String) async throws {
    let server = try PythonServer("mail_server.py", [kind])
    let limits = TransferLimits(connect: 3, reply: 2, total: 6)
    let letter = try Sample.letter()
    if kind == "gone" {
      let nobody = SMTPTransport(
        try SMTPServer(host: "127.0.0.1", port: 1, encryption: .whereOffered, login: nil), limits: limits)
      #expect(try failure(await nobody.send(letter)).kind == .connection)
    } else {
      #expect(try failure(await Sample.smtp(server, limits: limits).send(letter)).kind == .temporary)
    }
  }

  @Test("ends when its task is cancelled")
  func cancellation() async throws {
    let server = try PythonServer("mail_server.py", ["hang"])
    let transport = try Sample.smtp(server)
    let task = Task { try await transport.send(try Sample.letter()) }
    try await Task.sleep(for: .milliseconds(300))
    task.cancel()
    let start = ContinuousClock.now
    await #expect(throws: CancellationError.self) { try await task.value }
    // far less than the 180 seconds that the server may take
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  private func failure(_ delivery: Delivery) throws -> DeliveryFailure {
    var failure: DeliveryFailure?
    if case .failed(let reason) = delivery { failure = reason }
    return try #require(failure, "\(delivery)")
  }
}
