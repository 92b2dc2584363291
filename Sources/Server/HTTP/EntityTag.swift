import Crypto
import PoseCore

/// A strong entity tag, and the lists of them in conditional requests (RFC 9110, section 13.1).
struct EntityTag: Equatable {
  /// With its quotes, as in the `ETag` field.
  let text: String

  /// A hash of the displayed content: 128 bits of its SHA-256.
  init(hashOf shown: [UInt8]) {
    text = "\"" + Hexadecimal.text(SHA256.hash(data: shown).prefix(16)) + "\""
  }

  /// - Parameter sha256: hexadecimal digits.
  init(sha256: String) { text = "\"\(sha256)\"" }

  /// Whether `If-None-Match: list` matches it: `*`, or a tag that is equal except for its weakness.
  func matchesWeakly(_ list: String) -> Bool {
    Self.tags(in: list).contains { $0 == "*" || $0 == text || $0 == "W/" + text }
  }

  /// Whether `If-Match: list` matches it: `*`, or an equal tag that isn't weak.
  func matchesStrongly(_ list: String) -> Bool {
    Self.tags(in: list).contains { $0 == "*" || $0 == text }
  }

  /// Commas inside quotes are part of a tag.
  private static func tags(in list: String) -> [String] {
    var tags: [String] = []
    var tag: [UInt8] = []
    var isQuoted = false
    for byte in list.utf8 {
      switch byte {
      case UInt8(ascii: ",") where !isQuoted:
        tags.append(String(decoding: tag, as: UTF8.self))
        tag = []
      case UInt8(ascii: " ") where !isQuoted, UInt8(ascii: "\t") where !isQuoted:
        break
      default:
        if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
        tag.append(byte)
      }
    }
    return tags + [String(decoding: tag, as: UTF8.self)]
  }
}
