/// Who sent a request that may have come through proxies.
///
/// Each proxy adds to `X-Forwarded-For` at its right whom it was called by. What stands further left than an entry of
/// somebody who isn't trusted is that client's own word, so the rightmost entry that is no trusted proxy is the client.
/// `Forwarded` and `X-Real-IP` are not read: a proxy that doesn't set them passes on whatever a client wrote there.
enum ClientAddress {
  /// - Parameters:
  ///   - peer: the other end of the connection.
  ///   - forwarded: the `X-Forwarded-For` fields in their order.
  ///   - proxies: whose word counts beside that of this machine.
  /// - Returns: the last address that is certain: where an entry is no address, the proxy that passed it on.
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

  /// Some proxies write the port behind the address, and one of version 6 then in brackets.
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
