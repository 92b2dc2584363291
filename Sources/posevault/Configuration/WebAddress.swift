import Mail

/// An http or https address without user, query and fragment, as clients send it: the name in Punycode, and what else is
/// beyond ASCII percent-encoded. So it can be compared with what comes.
struct WebAddress {
  /// Such as `https://poses.example.org:8443`.
  let origin: String
  /// Without a slash at its end: empty, or such as `/pose`.
  let path: String

  var text: String { origin + path }

  /// nil for anything else.
  init?(_ text: String) {
    guard let match = text.wholeMatch(of: /(?i)(https?):\/\/([^\/?#]+)(\/[^?#]*)?/),
      let authority = Self.authority(match.2), let path = Self.path(match.3 ?? "")
    else { return nil }
    origin = "\(match.1.lowercased())://\(authority)"
    self.path = path
  }

  /// A name or an address, that of version 6 in brackets, perhaps with a port; nil for anything else.
  static func authority(_ text: some StringProtocol) -> String? {
    guard let match = String(text).wholeMatch(of: /(\[[0-9A-Fa-f:.]+\]|[^\[\]:@\/?#]+)(:[0-9]{1,5})?/),
      let host = match.1.hasPrefix("[") ? String(match.1) : DomainName.ascii(match.1),
      host.wholeMatch(of: /\[.+\]|[A-Za-z0-9._\-]+/) != nil
    else { return nil }
    let port = match.2 ?? ""
    guard port.isEmpty || UInt16(port.dropFirst()) != nil else { return nil }
    return host.lowercased() + port
  }

  /// nil where a percent sign is followed by something other than two hexadecimal digits, and for `.` and `..`, which
  /// clients take out.
  private static func path(_ text: some StringProtocol) -> String? {
    var encoded = ""
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        guard digits.wholeMatch(of: /[0-9A-Fa-f]{2}/) != nil else { return nil }
        encoded += "%" + digits.uppercased()
        rest = rest.dropFirst(2)
      } else if Self.plain.contains(byte) {
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += digits.count == 1 ? "%0" + digits : "%" + digits
      }
    }
    guard !encoded.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) else { return nil }
    while encoded.hasSuffix("/") { encoded.removeLast() }
    return encoded
  }

  /// What stands in a path for itself (RFC 3986, section 3.3).
  private static let plain = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/".utf8)
}
