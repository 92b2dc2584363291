/// External bytes and text, written so that nothing is lost, replaced or interpreted.
public enum EscapedText {
  /// The text of bytes that should be UTF-8. Each byte that is not part of a character is written as `\x` and two
  /// capital digits, such as `Mu\xF1oz`, instead of U+FFFD, which would look the same for all of them.
  public static func text(_ bytes: some Collection<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let bytes = Array(bytes)
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
        for byte in bytes[position..<min(position + length, bytes.count)] { text += hexadecimal(byte) }
        position += length
      case .emptyInput: return text
      }
    }
  }

  /// The same for a zero-terminated C string.
  public static func text(cString: UnsafePointer<CChar>) -> String {
    var length = 0
    while cString[length] != 0 { length += 1 }
    return text(UnsafeRawBufferPointer(start: cString, count: length))
  }

  /// `text` on one line: control characters, line breaks and characters that change the text's direction as `\x1B` or
  /// `\u{202E}`.
  public static func line(_ text: String) -> String { escaping(text) { _ in false } }

  /// - Parameter isKept: which of the characters that ``line(_:)`` escapes are kept.
  public static func escaping(_ text: String, keeping isKept: (Unicode.Scalar) -> Bool) -> String {
    guard text.unicodeScalars.contains(where: { isHidden($0) && !isKept($0) }) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if !isHidden(scalar) || isKept(scalar) {
        shown.unicodeScalars.append(scalar)
      } else if let byte = UInt8(exactly: scalar.value), scalar.isASCII {
        shown += hexadecimal(byte)
      } else {
        shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
    return shown
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    // joins letters and emoji
    case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
    default: false
    }
  }
}
