/// The name or path of a picture's file, whose bytes need not be UTF-8.
public struct PictureName: Sendable, Hashable, ExpressibleByStringLiteral {
  /// The name if it is UTF-8; otherwise with each byte that is not part of a character as `\x` and two capital digits,
  /// such as `Mu\xF1oz/a.jpg`.
  public let text: String
  /// The name itself if it differs from ``text``.
  public let bytes: [UInt8]?

  public init(_ text: String) {
    self.text = text
    bytes = nil
  }

  public init(stringLiteral text: String) { self.init(text) }

  public init(bytes: [UInt8]) {
    if let text = String(validating: bytes, as: UTF8.self) {
      self.init(text)
    } else {
      self.init(text: EscapedText.text(bytes), bytes: bytes)
    }
  }

  private init(text: String, bytes: [UInt8]) {
    self.text = text
    self.bytes = bytes
  }
}
