/// A mail to be sent by ``CurlClient``.
public struct MailRequest: Sendable {
  public enum Encryption: Sendable, Hashable {
    /// STARTTLS if the server offers it.
    case whereOffered
    /// STARTTLS or nothing.
    case required
  }

  /// `smtp:` or `smtps:`; the part where a path would be is the name sent in EHLO.
  public var url: String
  public var encryption: Encryption
  /// A PEM file with the authorities to trust instead of the system's.
  public var certificates: String?
  public var login: Login?
  public var sender: String
  /// A recipient that is refused does not keep the others from getting the mail.
  public var recipients: [String]
  /// Complete lines, without line endings.
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
  /// Text in UTF-8, with MIME's line endings.
  case text(String, type: String)
  /// A file as an attachment, read while it is being sent. `name` must need no quoting.
  case file(path: String, name: String, type: String)
  /// The same content in several formats, the best one last.
  indirect case alternatives([MailPart])
}

/// The outcome of a mail.
public struct MailAnswer: Sendable {
  /// The server's replies, line by line, up to 64 KiB.
  public var replies: [UInt8]
  /// nil if the server accepted the mail.
  public var failure: CurlFailure?
}
