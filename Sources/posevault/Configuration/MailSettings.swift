import Foundation
import Mail
import PoseCore

/// Who gets mail about backups, and how it is sent.
struct MailSettings: Sendable, Equatable {
  enum Way: Sendable, Equatable {
    case sendGrid(base: String, key: Secret)
    case smtp(SMTPSettings)
  }

  var way: Way
  var from: MailAddress
  /// At least one.
  var to: [MailAddress]
  /// The largest attachment in bytes, before encoding.
  var attachmentLimit: Int64

  /// For the log: without the key.
  var summary: String {
    let place =
      switch way {
      case .sendGrid: "SendGrid"
      case .smtp(let server): "\(server.host):\(server.port)"
      }
    return "mail to \(to.map(\.description).joined(separator: ", ")) by \(place)"
  }
}

/// A mail server, and how to log in.
struct SMTPSettings: Sendable, Equatable {
  var host: String
  var port: Int
  var security: SMTPServer.Encryption
  /// No login without a user.
  var user: String?
  var password: Secret?
  /// The file of the certificate authorities to trust instead of the system's.
  var authority: String?
  /// How this machine identifies itself to the server.
  var greeting: Greeting
}

extension MailSettings {
  /// nil unless everything needed for sending is set; ``missing(_:)`` says what is missing.
  init?(_ form: inout SettingsForm) {
    let from = form.value(.fromEmail, allowed: "an e-mail address", Self.address)
    let to = form.value(.toEmail, allowed: "an e-mail address, or several with commas between them", Self.addresses)
    attachmentLimit = Int64(form.integer(.backupMailLimit, 0...1000, default: 18)) * 1_000_000
    // all are read, so that a mistake in any of them is reported
    let smtp = SMTPSettings(&form)
    let base = form.value(
      .sendGridBase, allowed: "an address that begins with https://, or with http:// on this machine", Self.sendGridBase
    )
    let key = form.value(.sendGridKey, allowed: "visible ASCII characters, without spaces") { text in
      text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? Secret(text) : nil
    }
    guard let from, let to else { return nil }
    self.from = from
    self.to = to
    if let key {
      way = .sendGrid(base: base ?? "https://api.sendgrid.com", key: key)
    } else if let smtp {
      way = .smtp(smtp)
    } else {
      return nil
    }
  }

  /// Why no mail will be sent although something for it is set; nil if nothing is, or nothing is missing.
  ///
  /// An older installation that was never set up for mail has addresses in its file, and must start.
  static func missing(_ form: SettingsForm) -> String? {
    let given = SettingKey.mail.filter(form.isSet)
    var missing: [String] = []
    if !form.isSet(.sendGridKey), !form.isSet(.smtpHost) { missing.append("SENDGRID_API_KEY or SMTP_HOST") }
    missing += [SettingKey.fromEmail, .toEmail].filter { !form.isSet($0) }.map(\.rawValue)
    guard !given.isEmpty, !missing.isEmpty else { return nil }
    return "No mail is sent: \(given.map(\.rawValue).joined(separator: ", ")) set, but not "
      + "\(missing.joined(separator: ", "))."
  }

  /// The address in `name@host` or `Name <name@host>`.
  private static func address(_ text: String) -> MailAddress? {
    guard let addresses = addresses(text), addresses.count == 1 else { return nil }
    return addresses.first
  }

  private static func addresses(_ text: String) -> [MailAddress]? {
    try? MailAddress.list(text)
  }

  private static func sendGridBase(_ text: String) -> String? {
    (try? SendGridTransport(base: text, key: "key")).map { _ in text }
  }
}

extension SMTPSettings {
  /// nil without SMTP_HOST.
  fileprivate init?(_ form: inout SettingsForm) {
    let host = form.value(.smtpHost, allowed: "a host name or an address, without a port") { text in
      (try? SMTPServer(host: text, port: 25, encryption: .whereOffered, login: nil)).map { _ in text }
    }
    let security = form.value(.smtpSecurity, allowed: "tls, starttls or offered") { text -> SMTPServer.Encryption? in
      switch text.lowercased() {
      case "tls": .implicit
      case "starttls": .required
      case "offered": .whereOffered
      default: nil
      }
    }
    port = form.integer(.smtpPort, 1...65_535, default: security == .implicit ? 465 : 587)
    authority = form.value(.smtpAuthority, allowed: "the path of an existing certificate file in PEM format") {
      FileManager.default.isReadableFile(atPath: $0) ? $0 : nil
    }
    greeting =
      form.value(.smtpGreeting, allowed: "a name with a dot, such as mail.example.org, or an address as [192.0.2.1]") {
        try? Greeting($0)
      } ?? .ofThisMachine
    user = form.text(.smtpUser)
    password = form.text(.smtpPassword).map(Secret.init)
    guard let host else { return nil }
    self.host = host
    self.security = security ?? Self.usualSecurity(port: port, host: host)
  }

  /// 465 is the TLS port, and on 25 servers within a network often don't encrypt; connections to this machine need no
  /// TLS.
  private static func usualSecurity(port: Int, host: String) -> SMTPServer.Encryption {
    if port == 465 { return .implicit }
    return port == 25 || Settings.isLoopback(host) ? .whereOffered : .required
  }
}
