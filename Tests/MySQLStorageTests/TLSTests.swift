import Foundation
import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("TLS", .serialized, .timeLimit(.minutes(2)))
struct TLSTests {
  @Test("with a certificate authority TLS is required and the server verified", arguments: MySQLServer.available)
  func authority(flavor: MySQLServer.Flavor) async throws {
    try await withCertificates { folder in
      let server = try await MySQLServer.start(
        flavor, options: ["ca", "cert", "key"].map { "--ssl-\($0)=\(folder)/\($0).pem" })
      try await withFixture(on: server) { fixture in
        let storage = try await fixture.open { $0.certificateAuthority = folder + "/ca.pem" }
        let cipher = try await storage.database.read { connection in
          try connection.rows("SHOW STATUS LIKE 'Ssl_cipher'").first?.text(1)
        }
        #expect(cipher?.isEmpty == false)

        for (what, change) in [
          ("another authority", { @Sendable in $0.certificateAuthority = folder + "/other.pem" }),
          ("a file that is missing", { @Sendable in $0.certificateAuthority = folder + "/none.pem" }),
          (
            "a name that the certificate lacks",
            { @Sendable in
              $0.certificateAuthority = folder + "/ca.pem"
              $0.host = "localhost"
            }
          ),
        ] as [(String, @Sendable (inout MySQLConfiguration) -> Void)] {
          let error = await #expect(throws: PoseVaultError.self, "\(what)") { _ = try await fixture.open(change) }
          #expect(
            error?.code == .storageUnavailable && error?.message.contains("TLS") == true, "\(error?.message ?? "")")
        }
      }
    }
  }

  @Test("a server without TLS is refused where an authority is set")
  func serverWithoutTLS() async throws {
    try await withCertificates { folder in
      let server = try await MySQLServer.start(.mariadb, options: ["--skip-ssl"])
      try await withFixture(on: server) { fixture in
        let error = await #expect(throws: PoseVaultError.self) {
          _ = try await fixture.open { $0.certificateAuthority = folder + "/ca.pem" }
        }
        #expect(error?.message.contains("TLS") == true, "\(error?.message ?? "")")
      }
    }
  }

  @Test(
    "without one, a server that demands TLS says so",
    .enabled(if: Missing.mayRun(with: MySQLServer.isAvailable(.mysql9))))
  func demanded() async throws {
    let server = try await MySQLServer.start(.mysql9)
    try await withFixture(on: server) { fixture in
      try await server.sql("ALTER USER '\(fixture.configuration.user)'@'%' REQUIRE SSL")
      let error = await #expect(throws: PoseVaultError.self) { _ = try await fixture.open() }
      #expect(error?.code == .storageUnavailable)
    }
  }

  @Test("a server that takes TLS alone is answered with the setting it wants", arguments: MySQLServer.available)
  func demandedOfAll(flavor: MySQLServer.Flavor) async throws {
    try await withCertificates { folder in
      let server = try await MySQLServer.start(
        flavor, options: ["ca", "cert", "key"].map { "--ssl-\($0)=\(folder)/\($0).pem" })
      try await withFixture(on: server) { fixture in
        try await server.sql("SET GLOBAL require_secure_transport = ON")
        let error = await #expect(throws: PoseVaultError.self) { _ = try await fixture.open() }
        #expect(
          error?.code == .storageUnavailable && error?.message.contains("MYSQL_SSL_CA") == true, "\(error as Any)")
      }
    }
  }

  /// `ca.pem`, `cert.pem` and `key.pem` for 127.0.0.1, and `other.pem`, an authority that signed nothing.
  private func withCertificates(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-tls-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await Command.run(
      ["sh", "-e"],
      input: """
        cd \(folder)
        for name in ca other; do
          openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$name" -keyout $name.key -out $name.pem
        done
        openssl req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout key.pem -out cert.csr
        echo subjectAltName=IP:127.0.0.1 >names
        openssl x509 -req -in cert.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem
        chmod a+r *.pem
        """)
    try await body(folder)
  }
}
