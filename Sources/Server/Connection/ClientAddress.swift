/// Who sent a request that may have come through proxies.
///
/// Each proxy appends its caller's address to `X-Forwarded-For` on the right. Whatever is to the left of an untrusted
/// entry comes from that client itself, so the client is the rightmost entry that is not a trusted proxy. `Forwarded`
/// and `X-Real-IP` are not read: a proxy that doesn't set them passes on whatever a client wrote there.
enum ClientAddress {
  /// - Parameters:
  ///   - peer: the other end of the connection.
  ///   - forwarded: the `X-Forwarded-For` fields in order.
  ///   - proxies: trusted in addition to this machine.
  /// - Returns: the last address that is certain: if an entry is not an address, the proxy that passed it on.
  static func of(peer: NetworkAddress, forwarded: [String], proxies: [NetworkRange]) -> NetworkAddress {
    var client = peer
    let entries = forwarded.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
    for entry in entries.reversed() {
      guard isProxy(client, proxies), let address = address(entry) else { break }
      client = address
    }
    return client
  }

  static func isProxy(_ address: NetworkAddress, _ proxies: [NetworkRange]) -> Bool {
    address.isLoopback || proxies.contains { $0.contains(address) }
  }

  /// Some proxies append the port to the address, with brackets around IPv6 addresses.
  private static func address(_ entry: Substring) -> NetworkAddress? {
    var text = entry.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]") else { return nil }
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || isPort(rest) else { return nil }
      return NetworkAddress(text[text.index(after: text.startIndex)..<end])
    }
    guard let colon = text.firstIndex(of: ":"), text[text.index(after: colon)...].firstIndex(of: ":") == nil else {
      return NetworkAddress(text)
    }
    return isPort(text[colon...]) ? NetworkAddress(text[..<colon]) : nil
  }

  /// A colon and a number.
  private static func isPort(_ text: Substring) -> Bool {
    text.first == ":" && Query.integer(text.dropFirst()).map { $0 <= 65_535 } == true
  }
}
