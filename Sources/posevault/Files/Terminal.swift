/// What others have written, such as names of files, made harmless for a terminal: no character of theirs moves the
/// cursor, changes colours or turns the direction of the text.
enum Terminal {
  /// `text` with its line breaks and tabs, other control characters as `\x1B` or `\u{202E}`.
  static func safe(_ text: String) -> String { escaped(text) { $0 == "\n" || $0 == "\t" } }

  /// The same on one line: line breaks and tabs are escaped, too.
  static func line(_ text: String) -> String { escaped(text) { _ in false } }

  /// Bytes that are about to be written to a terminal.
  static func safe(_ bytes: [UInt8]) -> [UInt8] { Array(safe(String(decoding: bytes, as: UTF8.self)).utf8) }

  private static func escaped(_ text: String, keeping isKept: (Unicode.Scalar) -> Bool) -> String {
    guard text.unicodeScalars.contains(where: { isHidden($0) && !isKept($0) }) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if !isHidden(scalar) || isKept(scalar) {
        shown.unicodeScalars.append(scalar)
      } else {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        shown += scalar.value < 0x80 ? "\\x" + (digits.count < 2 ? "0" : "") + digits : "\\u{\(digits)}"
      }
    }
    return shown
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
