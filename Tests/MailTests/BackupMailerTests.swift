import Curl
import EmbeddedStorage
import Foundation
import Mail
import PoseCore
import Testing
import TestServers

@Suite("The mail queue, sent to a real server", .serialized)
struct BackupMailerTests {
  /// A storage with a notice in its queue, about an archive of 300,000 bytes on host alpha.
  private func withQueue(
    _ body: (EmbeddedStorage, _ archive: BackupArchive, _ content: Data) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-mailer-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let storage = try await EmbeddedStorage.open(folder, role: .command)
    let content = Sample.bytes(300_000)
    let path = folder + "/2025-12-10-backup.zip"
    try content.write(to: URL(filePath: path))
    let archive = Sample.archive(path: path, size: 300_000)
    try await storage.runs.enqueue(try Sample.notice(.proven(archive)).mail(dueAt: 100))
    do {
      try await body(storage, archive, content)
    } catch {
      try await storage.close()
      throw error
    }
    try await storage.close()
  }

  private func mailer(
    _ storage: EmbeddedStorage, _ server: PythonServer, host: String = "alpha", limit: Int64 = 18_000_000,
    extract: Data? = nil, to: [String] = ["admin@example.org"]
  ) throws -> BackupMailer {
    let path = server.folder + "/extract.zip"
    return BackupMailer(
      queue: storage.runs, transport: try Sample.smtp(server, limits: TransferLimits(connect: 5, reply: 5, total: 20)),
      sender: .init(
        from: try MailAddress("backup@example.org"), to: try to.map { try MailAddress($0) }, host: host, limit: limit),
      makeExtract: { _ in
        guard let extract else { return nil }
        try? extract.write(to: URL(filePath: path))
        return BackupMailer.Extract(path: path) { unlink(path) }
      })
  }

  @Test("a due mail arrives with its archive, once")
  func whole() async throws {
    try await withQueue { storage, archive, content in
      let server = try PythonServer("mail_server.py")
      let mailer = try mailer(storage, server)
      #expect(try await mailer.sendNext(at: 99) == nil)
      guard case .sent = try await mailer.sendNext(at: 100) else {
        Issue.record("not sent")
        return
      }
      #expect(try await mailer.sendNext(at: 1_000_000) == nil)
      #expect(try await storage.runs.unsentMail(limit: 10) == [])
      #expect(try server.count == 1)
      let mail = try server.mail()
      #expect(mail.text.contains("Please find the backup file attached to this email."))
      #expect(mail.attachments.map(\.sha256) == [Sample.sha256(content)])
      #expect(mail.attachments.map(\.name) == ["2025-12-10-backup.zip"])
    }
  }

  @Test("an archive that the server or the limit finds too large is replaced by its extract, or told of alone")
  func tooLarge() async throws {
    let extract = Sample.bytes(5000)
    for (option, limit, extract) in [
      ("size=100000", 18_000_000, extract), ("size=100000000", 299_999, extract), ("size=100000", 18_000_000, nil),
      ("size=6000", 18_000_000, extract), ("size=100000000", 4999, extract),
    ] as [(String, Int64, Data?)] {
      try await withQueue { storage, archive, _ in
        let server = try PythonServer("mail_server.py", [option])
        _ = try await mailer(storage, server, limit: limit, extract: extract).sendNext(at: 100)
        #expect(try server.count == 1)
        let mail = try server.mail()
        let isCarried = extract != nil && limit > 5000 && option != "size=6000"
        #expect(mail.attachments.map(\.sha256) == (isCarried ? extract.map { [Sample.sha256($0)] } : []))
        #expect(mail.text.contains("Path: \(archive.path)") && mail.text.contains("SHA-256: \(archive.sha256)"))
        #expect(!FileManager.default.fileExists(atPath: server.folder + "/extract.zip"))
        #expect(FileManager.default.fileExists(atPath: archive.path))
      }
    }
  }

  @Test("an archive is sent by the machine that has it, whatever its name; one that is gone is told of")
  func elsewhere() async throws {
    try await withQueue { storage, archive, _ in
      let server = try PythonServer("mail_server.py")
      let other = try mailer(storage, server, host: "beta", extract: Data([1]))
      let aside = archive.path + ".aside"
      try FileManager.default.moveItem(atPath: archive.path, toPath: aside)
      #expect(try await other.sendNext(at: 3699) == nil, "another machine may have it")
      try FileManager.default.moveItem(atPath: aside, toPath: archive.path)
      _ = try await other.sendNext(at: 100)
      #expect(try server.mail().attachments.count == 1, "the file is there, whatever the machine's name")
      try await storage.runs.enqueue(try Sample.notice(.proven(archive)).mail(dueAt: 100))
      try FileManager.default.removeItem(atPath: archive.path)
      _ = try await mailer(storage, server, extract: Data([1])).sendNext(at: 100)
      #expect(try server.mail(2).attachments == [])
    }
  }

  @Test("what fails for now is tried again later, after a restart too, and then arrives")
  func retries() async throws {
    try await withQueue { storage, _, _ in
      let broken = try PythonServer("mail_server.py", ["data=451 4.3.0 later"])
      let report = try await mailer(storage, broken).sendNext(at: 100)
      guard case .putBack(_, dueAt: 160, let failure) = report else {
        Issue.record("\(String(describing: report))")
        return
      }
      #expect(failure.contains("451 4.3.0 later"))
      #expect(try await storage.runs.unsentMail(limit: 10).map(\.failure) == [failure])
      let server = try PythonServer("mail_server.py")
      #expect(try await mailer(storage, server).sendNext(at: 159) == nil)
      _ = try await mailer(storage, server).sendNext(at: 160)
      #expect(try server.mail().attachments.count == 1)
    }
  }

  @Test("where attachments are refused for good, the mail comes without one")
  func refusedAttachment() async throws {
    try await withQueue { storage, archive, _ in
      let server = try PythonServer("mail_server.py", ["zip=554 5.7.1 no archives"])
      guard case .sent = try await mailer(storage, server, extract: Data([1])).sendNext(at: 100) else {
        Issue.record("not sent")
        return
      }
      #expect(try server.count == 1)
      #expect(try server.mail().attachments == [])
      #expect(try server.mail().text.contains("Path: \(archive.path)"))
    }
  }

  @Test("what will never be taken is given up and kept as such")
  func permanent() async throws {
    try await withQueue { storage, _, _ in
      let server = try PythonServer("mail_server.py", ["data=550 5.7.1 no thanks"])
      guard case .givenUp(_, let failure) = try await mailer(storage, server).sendNext(at: 100) else {
        Issue.record("not given up")
        return
      }
      #expect(failure.contains("550 5.7.1 no thanks"))
      #expect(try await mailer(storage, server).sendNext(at: 1_000_000) == nil)
      #expect(try await storage.runs.unsentMail(limit: 10).map(\.givenUpAt) == [100])
    }
  }

  @Test("a recipient who is refused for now gets the mail later, and the others no second one")
  func greylisted() async throws {
    try await withQueue { storage, _, content in
      let to = ["a@example.org", "b@example.org", "c@example.org"]
      let server = try PythonServer("mail_server.py", ["later=b@example.org"])
      guard case .putBack(_, dueAt: 160, let failure) = try await mailer(storage, server, to: to).sendNext(at: 100)
      else {
        Issue.record("not put back")
        return
      }
      #expect(failure.contains("b@example.org: '450 4.2.0 try again later'"))
      #expect(try await storage.runs.unsentMail(limit: 10).map(\.failure) == [failure])
      guard case .putBack(_, dueAt: 400, _) = try await mailer(storage, server, to: to).sendNext(at: 160) else {
        Issue.record("not put back again")
        return
      }
      #expect(try server.known(as: Envelope.self).to == ["a@example.org", "c@example.org"])
      #expect(try server.count == 1)
      let open = try PythonServer("mail_server.py")
      guard case .sent = try await mailer(storage, open, to: to).sendNext(at: 400) else {
        Issue.record("not sent")
        return
      }
      #expect(try open.known(as: Envelope.self).to == ["b@example.org"])
      #expect(try open.mail().attachments.map(\.sha256) == [Sample.sha256(content)])
      #expect(try await storage.runs.unsentMail(limit: 10) == [])
    }
  }

  @Test("a recipient who is refused for good is told of until a mail reaches everyone")
  func refusedForGood() async throws {
    try await withQueue { storage, archive, _ in
      let to = ["a@example.org", "gone@example.org"]
      let server = try PythonServer("mail_server.py", ["rcpt=gone@example.org"])
      guard case .givenUp(_, let failure) = try await mailer(storage, server, to: to).sendNext(at: 100) else {
        Issue.record("not given up")
        return
      }
      #expect(failure.contains("gone@example.org: '550 5.1.1 no such user'"))
      let kept = try await storage.runs.unsentMail(limit: 10)
      #expect(kept.map(\.failure) == [failure] && kept.map(\.givenUpAt) == [100])
      #expect(try server.known(as: Envelope.self).to == ["a@example.org"])
      #expect(try await mailer(storage, server, to: to).sendNext(at: 1_000_000) == nil)
      try await storage.runs.enqueue(try Sample.notice(.proven(archive)).mail(dueAt: 200))
      _ = try await mailer(storage, server, to: ["a@example.org"]).sendNext(at: 200)
      #expect(try await storage.runs.unsentMail(limit: 10) == [])
    }
  }

  @Test("of two refused recipients one is tried again alone, and the other stays told of")
  func mixedRefusals() async throws {
    try await withQueue { storage, _, _ in
      let to = ["a@example.org", "gone@example.org", "full@example.org"]
      let server = try PythonServer("mail_server.py", ["rcpt=gone@example.org", "later=full@example.org"])
      _ = try await mailer(storage, server, to: to).sendNext(at: 100)
      let open = try PythonServer("mail_server.py")
      guard case .givenUp(_, let failure) = try await mailer(storage, open, to: to).sendNext(at: 160) else {
        Issue.record("not given up")
        return
      }
      #expect(try open.known(as: Envelope.self).to == ["full@example.org"])
      #expect(failure.contains("gone@example.org: '550") && !failure.contains("full@example.org"))
    }
  }

  @Test("nobody is tried again who was taken out of the settings")
  func removedRecipient() async throws {
    try await withQueue { storage, _, _ in
      let server = try PythonServer("mail_server.py", ["later=full@example.org"])
      _ = try await mailer(storage, server, to: ["a@example.org", "full@example.org"]).sendNext(at: 100)
      guard case .sent = try await mailer(storage, server).sendNext(at: 160) else {
        Issue.record("not settled")
        return
      }
      #expect(try server.count == 1)
      #expect(try await storage.runs.unsentMail(limit: 10) == [])
    }
  }

  @Test("a server that ends gives the mail back at once")
  func ending() async throws {
    try await withQueue { storage, _, _ in
      let hanging = try PythonServer("mail_server.py", ["hang"])
      let mailer = try mailer(storage, hanging)
      let running = Task { try await mailer.run(now: { 100 }, report: { _ in }) }
      while try await storage.runs.unsentMail(limit: 1).first?.attempts == 0 {
        try await Task.sleep(for: .milliseconds(10))
      }
      running.cancel()
      await #expect(throws: CancellationError.self) { try await running.value }
      #expect(try await storage.runs.unsentMail(limit: 1).map(\.mail.dueAt) == [160])
    }
  }
}
