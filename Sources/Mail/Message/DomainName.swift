import Foundation

/// Names of hosts in letters beyond ASCII.
public enum DomainName {
  /// A name as clients send it, such as `xn--bcher-kva.example` for `bücher.example` (Punycode, UTS 46). One in ASCII
  /// stays as it is; nil for what is no name.
  public static func ascii(_ name: some StringProtocol) -> String? {
    if name.utf8.allSatisfy({ $0 < 0x80 }) { return String(name) }
    // what would end a name in an address
    guard !name.contains(where: { "/?#@:[]\\%".contains($0) || $0.isWhitespace }) else { return nil }
    guard let address = URL(string: "http://\(name)/")?.absoluteString.dropFirst("http://".count).dropLast(),
      address.wholeMatch(of: /[A-Za-z0-9._\-]+/) != nil
    else { return nil }
    return String(address)
  }
}
