/// A mail as it should arrive.
public struct Letter: Sendable, Hashable {
  public struct Attachment: Sendable, Hashable {
    public var path: String
    /// As the recipient sees it.
    public var name: String

    public init(path: String, name: String) {
      self.path = path
      self.name = name
    }
  }

  public var from: MailAddress
  /// At least one.
  public var to: [MailAddress]
  public var subject: String
  /// Lines end with `\n`.
  public var text: String
  public var attachment: Attachment?
  /// In seconds since 1970.
  public var date: Int64
  /// The same for each attempt, so that a mail that was sent twice can be recognised.
  public var identity: String

  public init(
    from: MailAddress, to: [MailAddress], subject: String, text: String, attachment: Attachment?, date: Int64,
    identity: String
  ) {
    self.from = from
    self.to = to
    self.subject = subject
    self.text = text
    self.attachment = attachment
    self.date = date
    self.identity = identity
  }

  /// `text` as HTML: paragraphs, with line breaks kept.
  var html: String {
    let paragraphs = text.split(separator: "\n\n", omittingEmptySubsequences: true).map { paragraph in
      let lines = paragraph.split(separator: "\n").map { Self.escaped($0) }
      return "<p>\(lines.joined(separator: "<br>\n"))</p>"
    }
    return "<!DOCTYPE html>\n<html><body>\n\(paragraphs.joined(separator: "\n"))\n</body></html>\n"
  }

  /// By scalars, as mail programs read it: next to a combining mark, a special character is not a `Character` of its
  /// own.
  private static func escaped(_ text: some StringProtocol) -> String {
    text.unicodeScalars.reduce(into: "") { html, scalar in
      switch scalar {
      case "&": html += "&amp;"
      case "<": html += "&lt;"
      case ">": html += "&gt;"
      case "\"": html += "&quot;"
      default: html.unicodeScalars.append(scalar)
      }
    }
  }
}
