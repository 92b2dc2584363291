import PoseCore

/// A mail address that is safe in a header and in SMTP's commands: only visible ASCII, no quoting, no comments.
public struct MailAddress: Sendable, Hashable, CustomStringConvertible {
  /// Such as `backup@example.org`.
  public let description: String

  /// A domain in letters beyond ASCII becomes Punycode, as Nodemailer has it, which every mail server takes.
  ///
  /// Throws `configuration` for anything that is not `name@domain`.
  public init(_ given: some StringProtocol) throws {
    let text = Self.withASCIIDomain(given)
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].count), (1...255).contains(parts[1].count),
      parts[0].allSatisfy(Self.isNameCharacter), parts[1].allSatisfy(Self.isDomainCharacter)
    else {
      throw PoseVaultError(.configuration, "'\(EscapedText.line(String(given)))' is not a mail address.")
    }
    description = text
  }

  private static func withASCIIDomain(_ text: some StringProtocol) -> String {
    guard let sign = text.lastIndex(of: "@"), let domain = DomainName.ascii(text[text.index(after: sign)...]) else {
      return String(text)
    }
    return String(text[...sign]) + domain
  }

  /// Addresses separated by commas or semicolons, at least one, each alone, with a comment, or as `Name <name@domain>`,
  /// with the name optionally quoted; groups such as `Team: a@x.org, b@x.org;` count as their members. Duplicates are
  /// dropped. Nodemailer reads lists this way, too, but takes line breaks for spaces, and an address before a colon for
  /// the name of a group.
  public static func list(_ text: String) throws -> [MailAddress] {
    var seen: Set<String> = []
    let addresses = try items(of: text).map(address)
    guard !addresses.isEmpty else { throw PoseVaultError(.configuration, "There is no mail address.") }
    return addresses.filter { seen.insert($0.description.lowercased()).inserted }
  }

  /// The text between separators outside quotes, comments and brackets, without comments, names of groups and empty
  /// items.
  private static func items(of text: String) throws -> [String] {
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw PoseVaultError(.configuration, "There is a control character in the list of mail addresses.")
    }
    var items = [""]
    var closing: Character?
    var isEscaped = false
    for character in text {
      let isComment = closing == ")" || closing == nil && character == "("
      if isEscaped {
        isEscaped = false
      } else if let end = closing {
        isEscaped = character == "\\" && end != ">"
        if character == end { closing = nil }
      } else if let end = closings[character] {
        closing = end
      } else if character == "," || character == ";" {
        items.append("")
        continue
      } else if character == ":" {
        let name = items[items.count - 1]
        guard !name.contains("@") || name.hasPrefix("\"") else {
          throw PoseVaultError(.configuration, "'\(EscapedText.line(name))' is not the name of a group of addresses.")
        }
        items[items.count - 1] = ""
        continue
      }
      items[items.count - 1].append(isComment ? " " : character)
    }
    guard closing == nil else {
      throw PoseVaultError(.configuration, "A quotation mark or bracket in the list of mail addresses is not closed.")
    }
    return items.filter { !$0.allSatisfy { $0 == " " } }
  }

  private static let closings: [Character: Character] = ["\"": "\"", "(": ")", "<": ">", "[": "]"]

  private static func address(_ item: String) throws -> MailAddress {
    // without the spaces around it; those inside stay, and make it none
    let words = item.split(separator: " ").joined(separator: " ")
    guard words.hasSuffix(">"), let open = words.lastIndex(of: "<") else { return try MailAddress(words) }
    return try MailAddress(words[words.index(after: open)...].dropLast())
  }

  var domain: Substring {
    description.split(separator: "@")[1]
  }

  private static func isNameCharacter(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte)
  }

  /// Domains, and address literals such as `[127.0.0.1]`.
  private static func isDomainCharacter(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || "-.[:]".utf8.contains(byte)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
