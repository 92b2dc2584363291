/// The name in a `Host` field or a URL's authority, without its port.
struct HostName: Hashable {
  /// In lower case; an IPv6 address without its brackets.
  let name: String

  /// nil if it isn't a host, with or without a port.
  init?(authority: some StringProtocol) {
    // before it is made lower case: the Kelvin sign becomes a k
    guard authority.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
    let text = authority.lowercased()
    if text.hasPrefix("[") {
      let parts = text.dropFirst().split(separator: "]", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[1].isEmpty || Self.isPort(parts[1]) else { return nil }
      name = String(parts[0])
    } else if let colon = text.firstIndex(of: ":") {
      guard Self.isPort(text[colon...]) else { return nil }
      name = String(text[..<colon])
    } else {
      name = text
    }
    guard !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte) else { return nil }
  }

  /// The host of an absolute URL such as `https://poses.example.org:8443/path`.
  init?(url: String) {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    self.init(authority: url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" })
  }

  /// Whether it can only mean this machine.
  var isLoopback: Bool {
    if name == "localhost" || name == "::1" || name.hasSuffix(".localhost") { return true }
    let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
  }

  /// Whether it is an IP address. Nobody can make such a name point elsewhere.
  var isAddress: Bool { NetworkAddress(name) != nil }

  private static func isPort(_ text: Substring) -> Bool {
    text.hasPrefix(":") && text.count <= 6 && text.dropFirst().utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
  }

  /// ASCII only, as everywhere in URLs (RFC 3986): clients send other names in Punycode.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    (0x21..<0x7F).contains(byte) && !Self.delimiters.contains(byte)
  }

  private static let delimiters = Set("/\\?#@\"<>[]".utf8)
}
