/// Text in the encodings that clients use in headers.
enum ClientText {
  /// UTF-8; otherwise windows-1252, which is what browsers and older Windows programs mean by Latin-1 (WHATWG
  /// Encoding). So every name keeps its letters, and none gets a replacement character.
  static func text(_ bytes: some Collection<UInt8>) -> String {
    String(validating: bytes, as: UTF8.self) ?? latin(bytes)
  }

  /// - Parameter charset: its IANA name; nil for an unknown one, and for invalid bytes.
  static func text(_ bytes: some Collection<UInt8>, charset: String) -> String? {
    switch charset.lowercased() {
    case "utf-8", "utf8": String(validating: bytes, as: UTF8.self)
    case "us-ascii", "ascii": bytes.allSatisfy { $0 < 0x80 } ? latin(bytes) : nil
    case "iso-8859-1", "latin1", "windows-1252", "cp1252": latin(bytes)
    case "iso-8859-15", "latin-9", "latin9":
      String(String.UnicodeScalarView(bytes.map { latin9[$0] ?? Unicode.Scalar($0) }))
    default: nil
    }
  }

  /// `%` and two hexadecimal digits become a byte; nil if anything else follows a percent sign.
  static func percentDecoded(_ bytes: some Collection<UInt8>) -> [UInt8]? {
    var decoded: [UInt8] = []
    var rest = Array(bytes)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        decoded.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(hexadecimal: rest.prefix(2)) else { return nil }
      decoded.append(value)
      rest = rest.dropFirst(2)
    }
    return decoded
  }

  private static func latin(_ bytes: some Collection<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes {
      text.append((0x80..<0xA0).contains(byte) ? windows1252[Int(byte) - 0x80] : Unicode.Scalar(byte))
    }
    return String(text)
  }

  /// Where ISO-8859-15 differs from Latin-1 (https://encoding.spec.whatwg.org/index-iso-8859-15.txt).
  private static let latin9: [UInt8: Unicode.Scalar] = [
    0xA4: "\u{20AC}", 0xA6: "\u{160}", 0xA8: "\u{161}", 0xB4: "\u{17D}", 0xB8: "\u{17E}", 0xBC: "\u{152}",
    0xBD: "\u{153}", 0xBE: "\u{178}",
  ]

  /// What 0x80…0x9F stand for (https://encoding.spec.whatwg.org/index-windows-1252.txt).
  private static let windows1252: [Unicode.Scalar] = [
    "\u{20AC}", "\u{81}", "\u{201A}", "\u{192}", "\u{201E}", "\u{2026}", "\u{2020}", "\u{2021}",
    "\u{2C6}", "\u{2030}", "\u{160}", "\u{2039}", "\u{152}", "\u{8D}", "\u{17D}", "\u{8F}",
    "\u{90}", "\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}", "\u{2022}", "\u{2013}", "\u{2014}",
    "\u{2DC}", "\u{2122}", "\u{161}", "\u{203A}", "\u{153}", "\u{9D}", "\u{17E}", "\u{178}",
  ]
}

extension UInt8 {
  /// nil unless all of them are digits; a sign is not allowed.
  init?(hexadecimal digits: some Collection<UInt8>) {
    guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
    self.init(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
