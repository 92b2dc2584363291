/// What became of a mail.
public enum Delivery: Sendable, Hashable {
  /// Taken by the server, for `refused` not (what it said of each, for a person).
  case sent(refused: [String])
  case failed(DeliveryFailure)
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
