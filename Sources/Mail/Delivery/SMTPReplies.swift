import PoseCore

/// An SMTP server's replies, one by one.
struct SMTPReplies {
  /// The last line of each reply, such as `250 2.1.5 Ok`.
  private let lines: [String]

  /// Lines in between, which have a dash after the code, are left out.
  init(_ bytes: [UInt8]) {
    lines = bytes.split(whereSeparator: { $0 == 13 || $0 == 10 }).compactMap { line in
      guard line.count >= 3, line.prefix(3).allSatisfy({ (0x30...0x39).contains($0) }),
        line.count == 3 || line[line.startIndex + 3] == UInt8(ascii: " ")
      else { return nil }
      return EscapedText.line(EscapedText.text(line.prefix(200)))
    }
  }

  /// The last one except for the goodbye.
  var last: String? { lines.last { !$0.hasPrefix("221") } }

  /// The code of the last one, 0 if there is none.
  var code: Int { last.flatMap { Int($0.prefix(3)) } ?? 0 }

  /// By the enhanced status codes of RFC 3463, which some servers send with a code other than 552.
  var saysTooLarge: Bool {
    ["5.2.3", "5.3.4"].contains(last?.dropFirst(4).prefix(5))
  }

  /// The replies to recipients that were refused, for a mail that was accepted.
  ///
  /// Each recipient has one reply, and the go-ahead for the mail's content follows the last one.
  func refusals(of recipients: [MailAddress]) -> [Refusal] {
    guard let goAhead = lines.lastIndex(where: { $0.hasPrefix("354") }), goAhead >= recipients.count else { return [] }
    return Self.refusals(of: recipients, lines[(goAhead - recipients.count)..<goAhead])
  }

  /// The replies to the recipients of a mail that was accepted for none of them; empty if something else was refused.
  ///
  /// With one recipient, the last reply says as much.
  func refusalsOfAll(_ recipients: [MailAddress]) -> [Refusal] {
    let said = lines.prefix { !$0.hasPrefix("221") }
    guard recipients.count > 1, said.count > recipients.count, !said.contains(where: { $0.hasPrefix("354") }) else {
      return []
    }
    let refusals = Self.refusals(of: recipients, said.suffix(recipients.count))
    return refusals.count == recipients.count ? refusals : []
  }

  private static func refusals(of recipients: [MailAddress], _ replies: ArraySlice<String>) -> [Refusal] {
    zip(recipients, replies).compactMap { recipient, reply in
      reply.hasPrefix("2") ? nil : Refusal(recipient: recipient, reply: reply, isTemporary: reply.hasPrefix("4"))
    }
  }
}
