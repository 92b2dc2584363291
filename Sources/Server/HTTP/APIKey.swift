import Crypto
import HTTPTypes

/// The configured API key, and the ways in which a request may show it.
struct APIKey: Sendable {
  let cookie: SessionCookie
  private let hash: SHA256.Digest

  /// nil where none is configured, so that none is wanted.
  init?(_ configuration: ServerConfiguration) {
    guard let key = configuration.apiKey else { return nil }
    hash = SHA256.hash(data: Array(key.utf8))
    let isSecure = configuration.publicURL?.lowercased().hasPrefix("https://") ?? false
    cookie = SessionCookie(
      apiKey: key, isSecure: isSecure, path: PublicAddress(configuration.publicURL).path)
  }

  /// Digests are compared, in constant time, which hides the key's length, too.
  func matches(_ key: String) -> Bool { SHA256.hash(data: Array(key.utf8)) == hash }

  /// Whether `Authorization`, `X-API-Key` or the session's cookie shows it.
  func admits(_ headers: HTTPFields, at now: Int64) -> Bool {
    Self.shown(in: headers).contains(where: matches) || cookie.admits(headers, at: now)
  }

  static func shown(in headers: HTTPFields) -> [String] {
    var keys: [String] = []
    if let words = headers[.authorization]?.split(separator: " "), words.count == 2, words[0].lowercased() == "bearer" {
      keys.append(String(words[1]))
    }
    if let key = headers[custom: "X-API-Key"] { keys.append(key) }
    return keys
  }
}
