import Foundation
import Mail
import PoseCore
import TestServers
import Testing

@Suite("Mail through SendGrid's API", .serialized)
struct SendGridTests {
  struct Request: Decodable {
    struct Address: Decodable, Equatable {
      var email: String
    }
    struct Person: Decodable {
      var to: [Address]
    }
    struct Content: Decodable {
      var type: String
      var value: String
    }
    struct Attachment: Decodable {
      var content: Data
      var filename: String
      var type: String
      var disposition: String
    }
    struct Body: Decodable {
      var personalizations: [Person]
      var from: Address
      var subject: String
      var content: [Content]
      var attachments: [Attachment]?
    }
    var path: String
    var headers: [String: String]
    var body: Body
  }

  private func transport(_ server: PythonServer) throws -> SendGridTransport {
    try SendGridTransport(base: "http://127.0.0.1:\(server.port)", key: "SG.secret")
  }

  @Test("holds what the letter holds, byte by byte", arguments: [nil, 0, 1, 49_152, 49_153, 2_000_000])
  func wholeMail(size: Int?) async throws {
    let server = try PythonServer("sendgrid_server.py")
    let file = server.folder + "/archive.zip"
    let content = Sample.bytes(size ?? 0)
    try content.write(to: URL(filePath: file))
    let text = "Hello,\n\n✓ \"quoted\" \\ & <b>\n"
    let letter = try Sample.letter(
      to: ["a@example.org", "b@example.org"], subject: "Sub\r\nject ü", text: text,
      attachment: size.map { _ in Letter.Attachment(path: file, name: "2025-12-10-backup.zip") })
    #expect(try await transport(server).send(letter) == .sent(refused: []))

    let request: Request = try server.known()
    #expect(request.path == "/v3/mail/send")
    #expect(request.headers["authorization"] == "Bearer SG.secret")
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.body.personalizations.map { $0.to.map(\.email) } == [["a@example.org", "b@example.org"]])
    #expect(request.body.from.email == "backup@example.org")
    #expect(request.body.subject == "Subject ü")
    #expect(request.body.content.map(\.type) == ["text/plain", "text/html"])
    #expect(request.body.content.first?.value == text)
    #expect(request.body.attachments?.map(\.filename) == size.map { _ in ["2025-12-10-backup.zip"] })
    #expect(request.body.attachments?.map(\.content) == size.map { _ in [content] })
  }

  @Test(
    "tells what the answer means",
    arguments: [
      (413, DeliveryFailure.Kind.tooLarge), (401, .authentication), (403, .authentication), (400, .permanent),
      (429, .temporary), (500, .temporary), (503, .temporary), (302, .permanent),
    ])
  func answers(status: Int, kind: DeliveryFailure.Kind) async throws {
    let server = try PythonServer("sendgrid_server.py", ["\(status)"])
    guard case .failed(let failure) = try await transport(server).send(try Sample.letter()) else {
      Issue.record("sent")
      return
    }
    #expect(failure.kind == kind)
    #expect(failure.message.contains("\(status)") && !failure.message.contains("secret"))
    if status != 413 { #expect(failure.message.contains("'as\\x0D\\x0Aordered'")) }
  }

  @Test(
    "goes to this machine or encrypted, and nowhere else",
    arguments: [
      "http://api.example.org", "ftp://api.example.org", "api.example.org", "", "https://u:p@api.example.org",
      "https://api.example.org?x=1",
    ])
  func bases(base: String) {
    #expect(throws: PoseVaultError.self) { try SendGridTransport(base: base, key: "SG.secret") }
    #expect(throws: PoseVaultError.self) { try SendGridTransport(base: "https://api.example.org", key: "a\r\nX: 1") }
  }

  @Test("where single recipients are refused, the mail goes to the others, and those are told")
  func refusedRecipients() async throws {
    let server = try PythonServer("sendgrid_server.py", ["refuse"])
    let letter = try Sample.letter(to: ["a@example.org", "refused@example.org", "b@example.org"])
    let refusal = Refusal(
      recipient: try MailAddress("refused@example.org"), reply: "Does not contain a valid address.", isTemporary: false)
    #expect(try await transport(server).send(letter) == .sent(refused: [refusal]))
    let last = try server.known(2, as: Request.self)
    #expect(last.body.personalizations.map { $0.to.map(\.email) } == [["a@example.org", "b@example.org"]])
    guard case .failed(let failure) = try await transport(server).send(try Sample.letter(to: ["refused@example.org"]))
    else {
      Issue.record("sent")
      return
    }
    #expect(failure.kind == .permanent)
  }

  @Test("an attachment that is gone is told before anything is sent")
  func noFile() async throws {
    let server = try PythonServer("sendgrid_server.py")
    let letter = try Sample.letter(attachment: Letter.Attachment(path: server.folder + "/gone.zip", name: "gone.zip"))
    let error = await #expect(throws: PoseVaultError.self) { try await transport(server).send(letter) }
    #expect(error?.code == .fileSystem)
    #expect(try server.count == 0)
  }
}
