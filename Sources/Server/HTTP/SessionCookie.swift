import Crypto
import HTTPTypes
import PoseCore

/// The cookie that stands for the API key in a browser, where a picture or a download can't carry a header.
///
/// It holds the second at which it ends and that second's HMAC-SHA256 under the API key: nothing is kept on the server,
/// every server with the same key knows it, and it ends with the key. The key can't be told from it.
struct SessionCookie: Sendable {
  static let name = "posevault_session"
  static let lifetime: Int64 = 30 * 86_400

  private let key: SymmetricKey
  private let attributes: String

  /// - Parameters:
  ///   - isSecure: whether browsers reach the server over TLS alone.
  ///   - path: below which browsers send it, such as `/pose`; empty for everywhere.
  init(apiKey: String, isSecure: Bool, path: String = "") {
    key = SymmetricKey(data: Array(apiKey.utf8))
    attributes = "; Path=\(path.isEmpty ? "/" : path); HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
  }

  /// The value of a `Set-Cookie` field.
  func issued(at now: Int64) -> String {
    let end = now + Self.lifetime
    return "\(Self.name)=\(end).\(Hexadecimal.text(code(end)))\(attributes); Max-Age=\(Self.lifetime)"
  }

  /// The value of a `Set-Cookie` field that makes a browser forget it.
  var forgotten: String { "\(Self.name)=\(attributes); Max-Age=0" }

  /// Whether one of the request's cookies was issued under this key and has not ended.
  func admits(_ headers: HTTPFields, at now: Int64) -> Bool {
    headers[values: .cookie].flatMap { $0.split(separator: ";") }.contains { cookie in
      let parts = cookie.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0] == Self.name else { return false }
      let value = parts[1].split(separator: ".", omittingEmptySubsequences: false)
      guard value.count == 2, let end = Int64(value[0]), end > now, let code = Hexadecimal.bytes(String(value[1]))
      else {
        return false
      }
      return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.message(end), using: key)
    }
  }

  private func code(_ end: Int64) -> HMAC<SHA256>.MAC {
    HMAC<SHA256>.authenticationCode(for: Self.message(end), using: key)
  }

  private static func message(_ end: Int64) -> [UInt8] { Array("PoseVault session until \(end)".utf8) }
}
