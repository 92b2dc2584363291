/// A mail to be sent by ``CurlClient``.
public struct MailRequest: Sendable {
  public enum Encryption: Sendable, Hashable {
    /// STARTTLS where the server offers it.
    case whereOffered
    /// STARTTLS or nothing.
    case required
  }

  /// `smtp:` or `smtps:`; what stands in the place of a path greets the server.
  public var url: String
  public var encryption: Encryption
  /// A PEM file with the authorities to trust in place of the system's.
  public var certificates: String?
  public var login: Login?
  public var sender: String
  /// One that is refused does not keep the mail from the others.
  public var recipients: [String]
  /// Whole lines, without line ends.
  public var headers: [String]
  public var parts: [MailPart]
  public var limits: TransferLimits

  public struct Login: Sendable {
    var user: String
    var password: String

    public init(user: String, password: String) {
      self.user = user
      self.password = password
    }
  }

  public init(
    url: String, encryption: Encryption, certificates: String?, login: Login?, sender: String, recipients: [String],
    headers: [String], parts: [MailPart], limits: TransferLimits
  ) {
    self.url = url
    self.encryption = encryption
    self.certificates = certificates
    self.login = login
    self.sender = sender
    self.recipients = recipients
    self.headers = headers
    self.parts = parts
    self.limits = limits
  }
}

/// A part of a mail.
public enum MailPart: Sendable {
  /// Text in UTF-8; its lines end as MIME's do.
  case text(String, type: String)
  /// A file as an attachment, read while it is sent. `name` must need no quoting.
  case file(path: String, name: String, type: String)
  /// The same content in several forms, the best one last.
  indirect case alternatives([MailPart])
}

/// What became of a mail.
public struct MailAnswer: Sendable {
  /// What the server said, line by line, up to 64 KiB.
  public var replies: [UInt8]
  /// nil where the server took the mail.
  public var failure: CurlFailure?
}
