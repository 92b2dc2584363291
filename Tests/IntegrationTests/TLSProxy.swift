import Foundation
import TestServers
import Testing

/// nginx with `deploy/nginx.conf`, of which only ports and paths are changed, and with a certificate of its own.
struct TLSProxy: Sendable {
  static let name = "poses.example.org"

  let nginx: NginxServer
  /// Without TLS, through the same server block.
  let client: HTTPClient
  let port: Int
  let plainPort: Int
  /// The path of the certificate.
  let certificate: String

  /// - Parameter ports: of the two servers behind it.
  static func start(in folder: String, ports: [Int]) async throws -> TLSProxy {
    let (certificate, key) = (folder + "/certificate.pem", folder + "/key.pem")
    try await Command.run([
      "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=\(name)",
      "-addext", "subjectAltName=DNS:\(name)", "-keyout", key, "-out", certificate,
    ])
    let (tls, open, redirecting) = (try FreePort.find(), try FreePort.find(), try FreePort.find())
    var site = try Documentation.file("deploy/nginx.conf")
    for (original, replacement) in [
      ("server 127.0.0.1:3000;", "server 127.0.0.1:\(ports[0]);"),
      ("server 127.0.0.1:3001;", "server 127.0.0.1:\(ports[1]);"),
      ("listen 80;", "listen 127.0.0.1:\(redirecting);"),
      ("listen 443 ssl http2;", "listen 127.0.0.1:\(tls) ssl http2; listen 127.0.0.1:\(open);"),
      ("/etc/letsencrypt/live/\(name)/fullchain.pem", certificate),
      ("/etc/letsencrypt/live/\(name)/privkey.pem", key),
    ] {
      let parts = site.components(separatedBy: original)
      try #require(parts.count == 2, "deploy/nginx.conf has '\(original)' not exactly once")
      site = parts.joined(separator: replacement)
    }
    return TLSProxy(
      nginx: try await .start(site: site), client: HTTPClient(port: open), port: tls, plainPort: redirecting,
      certificate: certificate)
  }

  /// What curl prints, who calls the proxy by its name and trusts nothing but its certificate.
  func curl(_ words: String..., path: String, scheme: String = "https") async throws -> String {
    let port = scheme == "https" ? port : plainPort
    return try await Command.run(
      ["curl", "--silent", "--show-error", "--cacert", certificate, "--resolve", "\(Self.name):\(port):127.0.0.1"]
        + words + ["\(scheme)://\(Self.name):\(port)\(path)"])
  }
}
