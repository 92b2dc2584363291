import Crypto
import PoseCore

/// The format of keys and session cookies, and what is stored of them.
public enum KeyText {
  /// Makes a leaked key recognisable: `pv_[0-9a-f]{64}`.
  public static let prefix = "pv_"

  /// A new key: the prefix and 256 random bits in hexadecimal digits.
  public static func makeKey() -> String { prefix + randomDigits() }

  /// A new cookie's content: 256 random bits in hexadecimal digits.
  public static func makeSession() -> String { randomDigits() }

  /// Whether `text` may be a key from ``makeKey()``, which nobody can guess.
  public static func isKey(_ text: String) -> Bool {
    let digits = text.utf8.dropFirst(prefix.utf8.count)
    return text.hasPrefix(prefix) && digits.count == 64
      && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// The text with each key in it cut to its prefix: people put keys where ids belong.
  public static func masked(_ text: String) -> String {
    text.contains(prefix) ? text.replacing(/pv_[0-9a-f]{64}/, with: "\(prefix)…") : text
  }

  /// SHA-256 in hexadecimal digits, which is what storages keep.
  public static func digest(_ text: String) -> String { sha256(Array(text.utf8)) }

  /// SHA-256 in hexadecimal digits.
  @Sendable public static func sha256(_ bytes: [UInt8]) -> String { Hexadecimal.text(SHA256.hash(data: bytes)) }

  /// What binds a session to API_KEY; see ``AccessSession/binding``.
  public static func binding(of session: String, to apiKey: String) -> String { digest("\(session)\n\(apiKey)") }

  /// From the system's secure random generator.
  private static func randomDigits() -> String {
    var generator = SystemRandomNumberGenerator()
    return Hexadecimal.text((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }
}
