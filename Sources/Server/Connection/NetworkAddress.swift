#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import NIOCore
import PoseCore

/// An IP address as its 4 or 16 bytes. An IPv4 address on an IPv6 socket (`::ffff:10.0.0.1`) has 4.
struct NetworkAddress: Hashable, Sendable {
  let bytes: [UInt8]

  /// - Parameter text: such as `192.168.1.5`, `fe80::1` or `::ffff:10.0.0.1`, without brackets and zone.
  init?(_ text: some StringProtocol) {
    let text = String(text)
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: &four) { Array($0) }
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      bytes = Self.unmapped(withUnsafeBytes(of: &six) { Array($0) })
    } else {
      return nil
    }
  }

  /// nil for anything but an IP address, such as a Unix domain socket.
  init?(_ address: SocketAddress?) {
    guard let text = address?.ipAddress else { return nil }
    // the zone of a link-local address says by which interface it came, not who it is
    self.init(text.prefix { $0 != "%" })
  }

  /// As the system writes it, such as `192.168.1.5` or `2001:db8::1`.
  var text: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard bytes.withUnsafeBytes({ inet_ntop(family, $0.baseAddress, &text, socklen_t(text.count)) }) != nil else {
      return Hexadecimal.text(bytes)
    }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// 127.0.0.0/8 or ::1.
  var isLoopback: Bool {
    bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1]
  }

  /// What counts as one client: a machine with IPv6 has a whole /64 network to itself.
  var client: NetworkAddress { NetworkAddress(bytes: bytes.count == 4 ? bytes : Array(bytes.prefix(8))) }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private static func unmapped(_ bytes: [UInt8]) -> [UInt8] {
    let prefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
    return bytes.starts(with: prefix) ? Array(bytes[12...]) : bytes
  }
}

/// Addresses that begin with the same bits: a single one, such as `10.0.0.7`, or a network, such as `10.0.0.0/8`.
public struct NetworkRange: Sendable, Hashable {
  private let start: NetworkAddress
  /// 0…32 or 0…128
  private let bits: Int

  /// nil for anything but an address or a network in CIDR notation.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = NetworkAddress(first) else { return nil }
    let most = address.bytes.count * 8
    guard parts.count == 2 else {
      start = address
      bits = most
      return
    }
    guard let bits = Query.integer(parts[1]), bits <= most else { return nil }
    start = address
    self.bits = bits
  }

  func contains(_ address: NetworkAddress) -> Bool {
    guard address.bytes.count == start.bytes.count else { return false }
    return (0..<bits).allSatisfy { bit in
      (address.bytes[bit / 8] ^ start.bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
    }
  }
}
