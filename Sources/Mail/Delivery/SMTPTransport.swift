import CCurl
import PoseCore

/// A mail server.
public struct SMTPServer: Sendable {
  public enum Encryption: Sendable, Hashable {
    /// From the first byte, as on port 465.
    case implicit
    /// STARTTLS or no mail.
    case required
    /// STARTTLS where the server offers it.
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
  ///   - login: goes over an encrypted connection only, unless the server is this machine.
  ///   - certificates: a PEM file with the authorities to trust in place of the system's.
  ///   - greeting: how this machine names itself to the server, see ``Greeting``.
  ///
  /// Throws `configuration` when the host is no name or address.
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

  /// libcurl greets the server with what stands in the place of a path.
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
  private let threads = MailThreads()

  public init(_ server: SMTPServer, limits: TransferLimits = TransferLimits()) {
    self.server = server
    self.limits = limits
  }

  public func send(_ letter: Letter) async throws -> Delivery {
    try await threads.run { [server, limits] isCancelled in
      let transfer = try CurlTransfer(limits: limits, isCancelled: isCancelled)
      try Self.address(transfer, server, letter)
      try Self.write(letter, transfer)
      let result = transfer.perform().result
      if result == CURLE_ABORTED_BY_CALLBACK, isCancelled() { throw CancellationError() }
      let replies = SMTPReplies(transfer.replies)
      if result == CURLE_OK {
        return .sent(refused: replies.refusals(of: letter.to))
      }
      return .failed(failure(result, replies, to: letter.to))
    }
  }

  private static func address(_ transfer: CurlTransfer, _ server: SMTPServer, _ letter: Letter) throws {
    try transfer.set(CURLOPT_URL, server.url)
    if server.encryption != .implicit {
      let level = server.encryption == .required ? CURLUSESSL_ALL : CURLUSESSL_TRY
      try transfer.set(CURLOPT_USE_SSL, Int(level.rawValue))
    }
    if let certificates = server.certificates { try transfer.set(CURLOPT_CAINFO, certificates) }
    if let login = server.login {
      try transfer.set(CURLOPT_USERNAME, login.user)
      try transfer.set(CURLOPT_PASSWORD, login.password)
    }
    try transfer.set(CURLOPT_MAIL_FROM, "<\(letter.from)>")
    try transfer.set(CURLOPT_MAIL_RCPT, letter.to.map { "<\($0)>" })
    // one address that is gone must not keep the mail from the others
    try transfer.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1)
    // replies come as libcurl's headers
    try transfer.keepReplies(CURLOPT_HEADERFUNCTION, data: CURLOPT_HEADERDATA)
  }

  private static func write(_ letter: Letter, _ transfer: CurlTransfer) throws {
    try transfer.set(CURLOPT_HTTPHEADER, LetterHeaders.lines(of: letter))
    try transfer.setMime { mime in
      try mime.addAlternatives { mime in
        try mime.add(text: letter.text, type: "text/plain")
        try mime.add(text: letter.html, type: "text/html")
      }
      if let attachment = letter.attachment {
        try mime.add(
          file: attachment.path, name: LetterHeaders.harmless(attachment.name), type: "application/zip")
      }
    }
  }

  private func failure(
    _ result: CURLcode, _ replies: SMTPReplies, to recipients: [MailAddress]
  ) -> DeliveryFailure {
    let name = "\(server.host):\(server.port)"
    let refusals = replies.refusalsOfAll(recipients)
    if result != CURLE_LOGIN_DENIED, !refusals.isEmpty {
      let kind: DeliveryFailure.Kind = refusals.contains(where: \.isTemporary) ? .temporary : .permanent
      let said = refusals.map(\.description).joined(separator: "; ")
      return DeliveryFailure(kind, "\(name) takes the mail for nobody: \(said).")
    }
    if result != CURLE_LOGIN_DENIED, let failure = DeliveryFailure(result, server: name) { return failure }
    let said = replies.last.map { "'\($0)'" } ?? CurlTransfer.describe(result)
    if result == CURLE_LOGIN_DENIED || [530, 534, 535, 538].contains(replies.code) {
      return DeliveryFailure(.authentication, "\(name) wants another user or password: \(said).")
    }
    switch replies.code {
    case 500..<600 where replies.code == 552 || replies.saysTooLarge:
      return DeliveryFailure(.tooLarge, "\(name) finds the mail too large: \(said).")
    case 500..<600: return DeliveryFailure(.permanent, "\(name) refuses the mail: \(said).")
    default: return DeliveryFailure(.temporary, "\(name) does not take the mail at present: \(said).")
    }
  }
}
