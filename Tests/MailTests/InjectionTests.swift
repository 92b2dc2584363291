import Foundation
import PoseCore
import TestServers
import Testing

@testable import Mail

@Suite("Nothing in a mail becomes a header, a recipient or a command", .serialized)
struct InjectionTests {
  @Test(
    "addresses that could are refused",
    arguments: [
      "", "a", "a@", "@b", "a@b@c", "a@b\r\nBcc: x@y", "a\r\n@b", "a@b\n", "a b@c", "a@b c", "<a@b>", "a@b>", "\"a\"@b",
      "a@b,c@d", "a@b\u{0}", "ä@b", "a@b\u{2028}", "a@b\u{202E}ücher.example", "ü@bücher.example", "A <a@b>", "a(x)@b",
    ])
  func addresses(text: String) throws {
    let error = try #require(throws: PoseVaultError.self) { try MailAddress(text) }
    #expect(error.code == .configuration && !error.message.contains("\n") && !error.message.contains("\r"))
  }

  @Test("lists of addresses are read, one at least")
  func lists() throws {
    // as nodemailer's addressparser has them, whose tests these are in part
    for (text, expected) in [
      ("a@x.org; b@y.org", ["a@x.org", "b@y.org"]), ("a@x.org,", ["a@x.org"]),
      (",a@x.org, ;b@y.org;", ["a@x.org", "b@y.org"]),
      ("a@x.org (Ann)", ["a@x.org"]), ("(Ann, Smith) a@x.org, b@y.org", ["a@x.org", "b@y.org"]),
      ("Team: a@x.org;", ["a@x.org"]), ("Team: a@x.org, Bo <b@y.org>; c@z.org", ["a@x.org", "b@y.org", "c@z.org"]),
      ("\"a; b: c\" <a@x.org>", ["a@x.org"]), ("a@[IPv6:::1]", ["a@[IPv6:::1]"]),
    ] {
      #expect(try MailAddress.list(text).map(\.description) == expected, "\(text)")
    }
    for text in [
      "Team:;", ",", " ", "a@x.org:25", "a@x.org (Ann", "a@x.org: b@y.org", "Team: a@x.org: b@y.org",
      "a@x.org\r\nBcc: b@y.org", "a@x.org\r\nTo: b@y.org", "Team\n: a@x.org", "a@x.org,\u{85}b@y.org", "\0a@x.org",
    ] {
      #expect(throws: PoseVaultError.self, "\(text)") { try MailAddress.list(text) }
    }
    // as Nodemailer 6 sends it; Python's codec gives the same
    #expect(try MailAddress.list("Ann <ann@bücher.example>").map(\.description) == ["ann@xn--bcher-kva.example"])
    let list = try MailAddress.list("a@example.org, b.c+d@example.org ,e@[127.0.0.1]").map(\.description)
    #expect(list == ["a@example.org", "b.c+d@example.org", "e@[127.0.0.1]"])
    // as nodemailer reads them, the last of equal ones left out: SendGrid refuses a mail that has one twice
    let named = try MailAddress.list(#""Smith, Ann" <a@x.org>, b@x.org,"O\"Neill, \\" <c@x.org> , A@X.org, <d@x.org>"#)
    #expect(named.map(\.description) == ["a@x.org", "b@x.org", "c@x.org", "d@x.org"])
    for text in ["", ",", "a@b c@d", "\"Smith, Ann\"", "Smith, Ann <a@b>", "\"Ann <a@b>", "<a@b"] {
      #expect(throws: PoseVaultError.self) { try MailAddress.list(text) }
    }
  }

  /// Source: HTML's tokenizer, for which a sign is one whatever stands beside it (WHATWG HTML, 13.2.5).
  @Test("and no tag, though a mark beside a sign makes one letter of both")
  func tags() throws {
    var letter = try Sample.letter(subject: "x")
    letter.text = "\u{600}<b>\u{301} &\u{301} \u{600}\"x\n\n<\u{338}i>"
    #expect(letter.html.contains("<p>\u{600}&lt;b&gt;\u{301} &amp;\u{301} \u{600}&quot;x</p>"))
    #expect(letter.html.contains("<p>&lt;\u{338}i&gt;</p>"))
  }

  static let subjects = [
    "one\r\nBcc: evil@example.org\r\n\r\nbody", "one\nX-Evil: 1", "one\rX-Evil: 1", "\u{2028}X-Evil: 1\u{85}",
    "=?UTF-8?Q?=0D=0ABcc:_evil?=", "ü \r\n ü\u{0}\u{7}", String(repeating: "long ü🙂 ", count: 100),
  ]

  @Test("subjects and file names arrive as one header each", arguments: subjects)
  func arriving(subject: String) async throws {
    let server = try PythonServer("mail_server.py")
    let file = server.folder + "/a.zip"
    try Data([1, 2, 3]).write(to: URL(filePath: file))
    var letter = try Sample.letter(
      subject: subject, attachment: Letter.Attachment(path: file, name: "a\"\r\nX-Evil: 1;\\ü.zip"))
    letter.identity = "a>\r\nX-Evil: 1"
    #expect(try await Sample.smtp(server).send(letter) == .sent(refused: []))
    let mail = try server.mail()
    let scalars = subject.unicodeScalars.filter { !"\r\n\u{2028}\u{85}\u{0}\u{7}".unicodeScalars.contains($0) }
    #expect(mail.header("Subject") == [String(String.UnicodeScalarView(scalars))])
    #expect(mail.header("X-Evil") == [] && mail.header("Bcc") == [])
    #expect(mail.headers.count == 8, "\(mail.headers)")
    #expect(mail.attachments.map(\.name) == ["a__X-Evil__1___.zip"])
    #expect(try server.known(as: Envelope.self).to == ["admin@example.org"])
  }

  @Test("servers' names are names", arguments: ["", "a/b", "a b", "a\r\nRSET", "user@host", "a?b", "ü.example"])
  func hosts(host: String) {
    #expect(throws: PoseVaultError.self) {
      try SMTPServer(host: host, port: 25, encryption: .whereOffered, login: nil)
    }
  }
}
