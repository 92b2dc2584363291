import Foundation
import PoseCore
import Server

extension Settings {
  /// API_KEY, or the content of the file in API_KEY_FILE.
  static func apiKey(_ form: inout SettingsForm) -> Secret? {
    let key = form.value(.apiKey, allowed: allowedKey) { isKey($0) ? Secret($0) : nil }
    guard let file = form.text(.apiKeyFile) else { return key }
    guard !form.isSet(.apiKey) else {
      form.note("API_KEY and API_KEY_FILE are both set: set one of them.")
      return nil
    }
    do {
      let bytes = try FileReader.read(FilePath(file), limit: 4096)
      let text = (String(validating: bytes, as: UTF8.self) ?? "\0").trimmingCharacters(in: .whitespacesAndNewlines)
      guard !text.isEmpty, isKey(text) else {
        form.noteFault(.apiKeyFile, "the file must contain a key (\(allowedKey)) and nothing else.")
        return nil
      }
      return Secret(text)
    } catch {
      form.noteFault(.apiKeyFile, "it can't be read: \((error as? FileReader.Failure)?.reason ?? "\(error)").")
      return nil
    }
  }

  private static let allowedKey = "visible ASCII characters, without spaces"

  private static func isKey(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }

  static func server(_ form: inout SettingsForm, maxUploadBytes: Int) -> ServerConfiguration {
    var server = ServerConfiguration()
    server.host = form.value(.host, allowed: "an IP address or a host name") { isHost($0) ? $0 : nil } ?? server.host
    server.port = form.integer(.port, 0...65_535, default: server.port)
    server.publicURL = form.value(
      .publicURL, allowed: "an address such as https://poses.example.org, without query"
    ) { WebAddress($0)?.text }
    if let address = server.publicURL.flatMap({ WebAddress($0) }), ServerConfiguration.isOwnPath(address.path) {
      form.noteFault(.publicURL, "the server's own files and routes have that path: use another, such as /pose.")
    }
    server.allowedHosts = form.list(.allowedHosts, allowed: "host names with commas between them, or *") {
      $0 == "*" ? $0 : WebAddress.authority($0)
    }
    server.corsOrigins = form.list(
      .corsOrigin, allowed: "origins such as https://app.example.org with commas between them, without a path"
    ) { $0.hasSuffix("/") ? nil : WebAddress($0).flatMap { $0.path.isEmpty ? $0.origin : nil } }
    server.trustedProxies = form.list(
      .trustedProxies, allowed: "addresses such as 10.0.0.7 or networks such as 10.0.0.0/8 with commas between them"
    ) { NetworkRange($0) }
    server.isMetricsPublic = form.flag(.metricsPublic)
    if form.isSet(.diskReserve) {
      server.diskReserve = form.integer(.diskReserve, 0...1_000_000_000, default: 0) * 1024 * 1024
    }

    server.maxUploadBytes = maxUploadBytes
    let inFlight = form.integer(
      .maxUploadInFlight, 1...65_536, default: server.maxUploadBytesInFlight / (1024 * 1024))
    // a picture of the allowed size must fit, or it would be told to come again for ever
    server.maxUploadBytesInFlight = max(inFlight * 1024 * 1024, maxUploadBytes)
    server.maxUploadsPerMinute = form.integer(
      .maxUploadsPerMinute, 0...1_000_000, default: server.maxUploadsPerMinute)
    server.maxDrawingsPerMinute = form.integer(
      .maxDrawingsPerMinute, 0...1_000_000, default: server.maxDrawingsPerMinute)
    server.maxExportsPerMinute = form.integer(
      .maxExportsPerMinute, 0...1_000_000, default: server.maxExportsPerMinute)
    server.maxConnections = form.integer(.maxConnections, 1...100_000, default: server.maxConnections)
    server.headerDeadline = form.seconds(.headerTimeout, 1...600, default: server.headerDeadline)
    server.bodyTimeout = form.seconds(.bodyTimeout, 1...86_400, default: server.bodyTimeout)
    server.minimumUploadRate = form.integer(.minUploadRate, 1...1_000_000_000, default: server.minimumUploadRate)
    server.stalledReaderDeadline = form.seconds(.stallTimeout, 1...3600, default: server.stalledReaderDeadline)
    server.idleTimeout = form.seconds(.idleTimeout, 1...3600, default: server.idleTimeout)
    server.shutdownGrace = form.seconds(.shutdownGrace, 1...3600, default: server.shutdownGrace)

    server.allowsAnonymous = form.flag(.allowAnonymous)
    server.auditsReads = form.flag(.auditReads)
    server.sessionLifetime = Int64(form.integer(.sessionDays, 1...3650, default: 30)) * 86_400
    let rest = form.integer(.sessionRest, 0...87_600, default: 0)
    server.sessionRest = rest == 0 ? nil : Int64(rest) * 3600
    return server
  }

  /// The message if other machines can reach the server, and neither the settings nor an existing key keep them out;
  /// nil if the settings do.
  var openness: String? {
    guard !Self.isLoopback(server.host), apiKey == nil, !server.allowsAnonymous else { return nil }
    return "HOST=\(server.host) can be reached from other machines, and there is no key: make one with "
      + "`posevault key add --name NAME --role owner`, set API_KEY, or ALLOW_ANONYMOUS=true where everyone may read and "
      + "change everything."
  }

  static func isLoopback(_ host: String) -> Bool {
    ["127.0.0.1", "::1", "localhost"].contains(host.lowercased())
  }

  /// A name or an IPv4 or IPv6 address, the latter without brackets.
  private static func isHost(_ text: String) -> Bool {
    text.wholeMatch(of: /[A-Za-z0-9.:-]+/) != nil
  }
}
