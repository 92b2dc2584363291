import PoseCore

/// Text from others, such as file names, made harmless for a terminal: none of its characters can move the cursor,
/// change colours or the direction of the text.
enum Terminal {
  /// `text` with its line breaks and tabs, other control characters as `\x1B` or `\u{202E}`.
  static func safe(_ text: String) -> String { EscapedText.escaping(text) { $0 == "\n" || $0 == "\t" } }

  /// The same on one line: line breaks and tabs are escaped, too.
  static func line(_ text: String) -> String { EscapedText.line(text) }

  /// Bytes to be written to a terminal.
  static func safe(_ bytes: [UInt8]) -> [UInt8] { Array(safe(EscapedText.text(bytes)).utf8) }
}
