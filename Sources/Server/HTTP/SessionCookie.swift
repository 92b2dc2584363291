import HTTPTypes

/// The cookie that stands for a key in a browser, where a picture or a download can't carry a header.
///
/// It contains a random text whose digest the storage knows. Over TLS its name makes browsers refuse one that another
/// server of the same domain has set (RFC 6265bis, "cookie name prefixes").
struct SessionCookie: Sendable {
  let name: String
  private let attributes: String

  init(_ configuration: ServerConfiguration) {
    let path = PublicAddress(configuration.publicURL).path
    let isSecure = configuration.publicURL?.lowercased().hasPrefix("https://") ?? false
    let prefix = isSecure ? (path.isEmpty ? "__Host-" : "__Secure-") : ""
    name = prefix + "posevault_session"
    attributes = "; Path=\(path.isEmpty ? "/" : path); HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
  }

  /// The value of a `Set-Cookie` field.
  ///
  /// - Parameter lifetime: in seconds.
  func issued(_ content: String, lifetime: Int64) -> String { "\(name)=\(content)\(attributes); Max-Age=\(lifetime)" }

  /// The value of a `Set-Cookie` field that makes a browser forget it.
  var forgotten: String { "\(name)=\(attributes); Max-Age=0" }

  /// The contents of the request's cookies with this name.
  func contents(_ headers: HTTPFields) -> [String] {
    headers[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { cookie in
      let parts = cookie.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      return parts.count == 2 && parts[0] == name ? String(parts[1]) : nil
    }
  }
}
