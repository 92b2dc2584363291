import Foundation
import PoseCore

/// The lines before a mail's parts. Sources: RFC 5322, RFC 2047.
///
/// No value can start a new line: addresses and the identity consist of harmless characters, and unprintable ones are
/// removed from the subject.
enum LetterHeaders {
  static func lines(of letter: Letter) -> [String] {
    [
      "Date: \(date(letter.date))",
      "From: \(letter.from)",
      // one address a line: lines must not be longer than 998 characters
      "To: \(letter.to.map(\.description).joined(separator: ",\r\n "))",
      "Subject: \(subject(letter.subject))",
      "Message-ID: <\(harmless(letter.identity))@\(letter.from.domain)>",
      "Auto-Submitted: auto-generated",
    ]
  }

  /// Visible ASCII as it is; otherwise base64 words of at most 75 characters.
  static func subject(_ text: String) -> String {
    let line = printable(text)
    if line.utf8.count <= 900, line.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }), !line.contains("=?") {
      return line
    }
    var words: [String] = []
    var word = ""
    for scalar in line.unicodeScalars {
      // 45 bytes are 60 characters of base64, beside 12 around them
      if word.utf8.count + String(scalar).utf8.count > 45 {
        words.append(word)
        word = ""
      }
      word.unicodeScalars.append(scalar)
    }
    words.append(word)
    return words.map { "=?UTF-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
  }

  /// `text` without anything that could end a line or hide: controls, format characters, line and paragraph separators.
  static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
          default: true
          }
        }))
  }

  /// Only the letters, digits, dots, dashes and underscores of `text`; others become underscores.
  static func harmless(_ text: String) -> String {
    String(
      text.map { character in
        character.isASCII && (character.isLetter || character.isNumber || "-._".contains(character)) ? character : "_"
      })
  }

  private static func date(_ seconds: Int64) -> String {
    let date = CivilDate(seconds)
    let clock = [date.second / 3600, date.second / 60 % 60, date.second % 60].map(padded).joined(separator: ":")
    return "\(weekdays[date.weekday]), \(padded(date.day)) \(months[date.month - 1]) \(date.year) \(clock) +0000"
  }

  private static func padded(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}
