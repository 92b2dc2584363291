/// The name or path of a picture's file, whose bytes need not be UTF-8.
public struct PictureName: Sendable, Hashable, ExpressibleByStringLiteral {
  /// The name where it is UTF-8; else each byte that is not part of a character as `\x` and two capital digits, such as
  /// `Mu\xF1oz/a.jpg`.
  public let text: String
  /// The name itself where ``text`` is not the same.
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
      self.init(text: Self.escaped(bytes), bytes: bytes)
    }
  }

  private init(text: String, bytes: [UInt8]) {
    self.text = text
    self.bytes = bytes
  }

  private static func escaped(_ bytes: [UInt8]) -> String {
    var text = ""
    var rest = bytes.makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    var position = 0
    while true {
      switch parser.parseScalar(from: &rest) {
      case .valid(let character):
        text.unicodeScalars.append(Unicode.UTF8.decode(character))
        position += character.count
      case .error(let length):
        for byte in bytes[position..<min(position + length, bytes.count)] {
          text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
        position += length
      case .emptyInput: return text
      }
    }
  }
}
