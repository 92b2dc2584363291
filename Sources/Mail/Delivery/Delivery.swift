/// The outcome of a mail.
public enum Delivery: Sendable, Hashable {
  /// Accepted by the server, but not for `refused`.
  case sent(refused: [Refusal])
  case failed(DeliveryFailure)
}

/// A server's reply about one recipient for whom it refused a mail that it accepted for others.
public struct Refusal: Sendable, Hashable, CustomStringConvertible {
  public var recipient: MailAddress
  /// The server's own words, without line breaks.
  public var reply: String
  /// Whether the server may accept the mail for this recipient later.
  public var isTemporary: Bool

  public init(recipient: MailAddress, reply: String, isTemporary: Bool) {
    self.recipient = recipient
    self.reply = reply
    self.isTemporary = isTemporary
  }

  /// Such as `ann@example.org: '550 5.1.1 no such user'`.
  public var description: String { "\(recipient): '\(reply)'" }
}

/// Why a mail was not accepted.
public struct DeliveryFailure: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// The server only accepts smaller mails.
    case tooLarge
    /// The server will never accept this mail.
    case permanent
    /// The server, or the connection to it, may work later.
    case temporary
    /// No encrypted connection, or not with the intended server.
    case encryption
    /// User and password were rejected.
    case authentication
    /// The server can't be reached.
    case connection
  }

  public var kind: Kind
  /// For a person; contains no secrets.
  public var message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}

/// A way to send mail.
public protocol MailTransport: Sendable {
  /// Throws if the letter's attachment can't be read, and `CancellationError`; servers' responses are a ``Delivery``.
  func send(_ letter: Letter) async throws -> Delivery
}
