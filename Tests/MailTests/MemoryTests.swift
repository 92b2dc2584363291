import Foundation
import Mail
import TestServers
import Testing

@Suite("Attachments are read while they are sent", .serialized)
struct MemoryTests {
  @Test("40 MB by SMTP and by SendGrid's API need less than 12 MB of memory")
  func peak() async throws {
    let (smtp, sendGrid) = (try PythonServer("mail_server.py"), try PythonServer("sendgrid_server.py"))
    let file = smtp.folder + "/large.zip"
    try Data().write(to: URL(filePath: file))
    try FileHandle(forWritingTo: URL(filePath: file)).truncate(atOffset: 40_000_000)
    let letter = try Sample.letter(attachment: Letter.Attachment(path: file, name: "large.zip"))
    let transports: [any MailTransport] = [
      try Sample.smtp(smtp), try SendGridTransport(base: "http://127.0.0.1:\(sendGrid.port)", key: "SG.secret"),
    ]
    for transport in transports {
      // the kernel's own count of the most memory in use, begun anew
      try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
      let before = try kilobytes("VmHWM")
      #expect(try await transport.send(letter) == .sent(refused: []))
      #expect(try kilobytes("VmHWM") - before < 12_000)
    }
    #expect(try smtp.mail().attachments.map(\.size) == [40_000_000])
  }

  private func kilobytes(_ name: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name + ":") })
    return try #require(Int(line.filter(\.isNumber)))
  }
}
