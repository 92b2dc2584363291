/// What became of a mail.
public enum Delivery: Sendable, Hashable {
  /// Taken by the server, but not for `refused`.
  case sent(refused: [Refusal])
  case failed(DeliveryFailure)
}

/// What a server said of one recipient that it did not take a mail for, in a mail that it took for others.
public struct Refusal: Sendable, Hashable, CustomStringConvertible {
  public var recipient: MailAddress
  /// In the server's words; holds no line breaks.
  public var reply: String
  /// Whether the server may take the mail for this recipient later.
  public var isTemporary: Bool

  public init(recipient: MailAddress, reply: String, isTemporary: Bool) {
    self.recipient = recipient
    self.reply = reply
    self.isTemporary = isTemporary
  }

  /// Such as `ann@example.org: '550 5.1.1 no such user'`.
  public var description: String { "\(recipient): '\(reply)'" }
}

/// Why a mail was not taken.
public struct DeliveryFailure: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// The server takes smaller mails only.
    case tooLarge
    /// The server will never take this mail.
    case permanent
    /// The server, or the line to it, may work later.
    case temporary
    /// No encrypted connection, or not with the server that was meant.
    case encryption
    /// User and password are not accepted.
    case authentication
    /// There is no server to be reached.
    case connection
  }

  public var kind: Kind
  /// For a person; holds no secrets.
  public var message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}

/// A way to send mail.
public protocol MailTransport: Sendable {
  /// Throws when the letter's attachment can't be read, and `CancellationError`; what others answer is a ``Delivery``.
  func send(_ letter: Letter) async throws -> Delivery
}
