import Glibc
import PoseCore

/// How a mail client identifies its machine in EHLO: by a fully qualified name or, as RFC 5321 4.1.4 requires of one
/// that has none, by an address literal. Many servers refuse a bare host name.
public struct Greeting: Sendable, Hashable {
  let text: String

  /// Such as `backup.example.org`, `[192.0.2.1]` or `[IPv6:2001:db8::1]`.
  ///
  /// Throws `configuration` for anything else.
  public init(_ text: String) throws {
    guard Self.isQualified(text) || Self.isLiteral(text) else {
      throw PoseVaultError(.configuration, "A machine greets by a name with a dot, or an address in brackets.")
    }
    self.text = text
  }

  /// The greeting of a machine named `hostName`: like nodemailer, `[127.0.0.1]` if that has no dot.
  public init(ofMachine hostName: String) {
    let isAddress = hostName.utf8.allSatisfy { $0 == UInt8(ascii: ".") || Self.isDigit($0) }
    text = !isAddress && Self.isQualified(hostName) ? hostName : "[127.0.0.1]"
  }

  public static let ofThisMachine: Greeting = {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return Greeting(ofMachine: "") }
    return Greeting(ofMachine: String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
  }()

  private static func isQualified(_ text: String) -> Bool {
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return text.utf8.count <= 253 && labels.count > 1
      && labels.allSatisfy { label in
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
          && label.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "-") }
      }
      // an address without brackets is no name
      && labels.last?.contains { !isDigit($0) } == true
  }

  private static func isLiteral(_ text: String) -> Bool {
    guard text.hasPrefix("["), text.hasSuffix("]") else { return false }
    let address = String(text.dropFirst().dropLast())
    var bytes = in6_addr()
    if address.hasPrefix("IPv6:") { return inet_pton(AF_INET6, String(address.dropFirst(5)), &bytes) == 1 }
    return inet_pton(AF_INET, address, &bytes) == 1
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
