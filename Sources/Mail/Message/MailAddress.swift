import PoseCore

/// A mail address that is safe in a header and in SMTP's commands: visible ASCII alone, no quoting, no comments.
public struct MailAddress: Sendable, Hashable, CustomStringConvertible {
  /// Such as `backup@example.org`.
  public let description: String

  /// Throws `configuration` for anything that is not `name@domain`.
  public init(_ text: some StringProtocol) throws {
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].count), (1...255).contains(parts[1].count),
      parts[0].allSatisfy(Self.isNameCharacter), parts[1].allSatisfy(Self.isDomainCharacter)
    else {
      throw PoseVaultError(.configuration, "'\(text.filter { !$0.isNewline })' is not a mail address.")
    }
    description = String(text)
  }

  /// Addresses separated by commas, one at least.
  public static func list(_ text: String) throws -> [MailAddress] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      // without the spaces around it; those inside stay, and make it none
      try MailAddress(part.split(separator: " ").joined(separator: " "))
    }
  }

  var domain: Substring {
    description.split(separator: "@")[1]
  }

  private static func isNameCharacter(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte)
  }

  /// Domains, and address literals such as `[127.0.0.1]`.
  private static func isDomainCharacter(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || "-.[:]".utf8.contains(byte)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
