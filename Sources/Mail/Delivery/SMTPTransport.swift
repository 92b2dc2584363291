public import Curl
import PoseCore

/// A mail server.
public struct SMTPServer: Sendable {
  public enum Encryption: Sendable, Hashable {
    /// From the first byte, as on port 465.
    case implicit
    /// STARTTLS or no mail.
    case required
    /// STARTTLS if the server offers it.
    case whereOffered
  }

  public struct Login: Sendable {
    var user: String
    var password: String

    public init(user: String, password: String) {
      self.user = user
      self.password = password
    }
  }

  var host: String
  var port: Int
  var encryption: Encryption
  var login: Login?
  var certificates: String?
  var greeting: String

  /// - Parameters:
  ///   - login: only sent over an encrypted connection, unless the server is this machine.
  ///   - certificates: a PEM file with the authorities to trust instead of the system's.
  ///   - greeting: how this machine identifies itself to the server; see ``Greeting``.
  ///
  /// Throws `configuration` if the host is not a name or address.
  public init(
    host: String, port: Int, encryption: Encryption, login: Login?, certificates: String? = nil,
    greeting: Greeting = .ofThisMachine
  ) throws {
    guard !host.isEmpty, host.utf8.allSatisfy(Self.isHostCharacter), (1...65535).contains(port) else {
      throw PoseVaultError(.configuration, "The mail server must be a host name or an address, with a port.")
    }
    self.host = host
    self.port = port
    self.encryption = encryption == .whereOffered && login != nil && !Self.isThisMachine(host) ? .required : encryption
    self.login = login
    self.certificates = certificates
    self.greeting = greeting.text
  }

  /// libcurl takes the name for EHLO from the part where a path would be.
  var url: String {
    let scheme = encryption == .implicit ? "smtps" : "smtp"
    let name = greeting.replacing("[", with: "%5B").replacing("]", with: "%5D")
    return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(name)"
  }

  private static func isThisMachine(_ host: String) -> Bool {
    ["localhost", "127.0.0.1", "::1"].contains(host)
  }

  private static func isHostCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

/// Sends mail by SMTP.
public struct SMTPTransport: MailTransport {
  private let server: SMTPServer
  private let limits: TransferLimits
  private let client = CurlClient.forMail()

  public init(_ server: SMTPServer, limits: TransferLimits = TransferLimits()) {
    self.server = server
    self.limits = limits
  }

  public func send(_ letter: Letter) async throws -> Delivery {
    let answer = try await client.send(request(letter))
    let replies = SMTPReplies(answer.replies)
    guard let failure = answer.failure else { return .sent(refused: replies.refusals(of: letter.to)) }
    return .failed(self.failure(failure, replies, to: letter.to))
  }

  private func request(_ letter: Letter) -> MailRequest {
    var parts: [MailPart] = [
      .alternatives([.text(letter.text, type: "text/plain"), .text(letter.html, type: "text/html")])
    ]
    if let attachment = letter.attachment {
      parts.append(
        .file(path: attachment.path, name: LetterHeaders.harmless(attachment.name), type: "application/zip"))
    }
    return MailRequest(
      url: server.url, encryption: server.encryption == .required ? .required : .whereOffered,
      certificates: server.certificates,
      login: server.login.map { MailRequest.Login(user: $0.user, password: $0.password) },
      sender: letter.from.description, recipients: letter.to.map(\.description),
      headers: LetterHeaders.lines(of: letter), parts: parts, limits: limits)
  }

  private func failure(
    _ cause: CurlFailure, _ replies: SMTPReplies, to recipients: [MailAddress]
  ) -> DeliveryFailure {
    let name = "\(server.host):\(server.port)"
    let refusals = replies.refusalsOfAll(recipients)
    if cause.kind != .login, !refusals.isEmpty {
      let kind: DeliveryFailure.Kind = refusals.contains(where: \.isTemporary) ? .temporary : .permanent
      let said = refusals.map(\.description).joined(separator: "; ")
      return DeliveryFailure(kind, "\(name) rejects all recipients: \(said).")
    }
    if cause.kind != .login, let failure = DeliveryFailure(cause, server: name) { return failure }
    let said = replies.last.map { "'\($0)'" } ?? cause.message
    if cause.kind == .login || [530, 534, 535, 538].contains(replies.code) {
      return DeliveryFailure(.authentication, "\(name) rejects the user or the password: \(said).")
    }
    switch replies.code {
    case 500..<600 where replies.code == 552 || replies.saysTooLarge:
      return DeliveryFailure(.tooLarge, "\(name) rejects the mail as too large: \(said).")
    case 500..<600: return DeliveryFailure(.permanent, "\(name) refuses the mail: \(said).")
    default: return DeliveryFailure(.temporary, "\(name) temporarily rejects the mail: \(said).")
    }
  }
}
