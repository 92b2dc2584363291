import Foundation
import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Logging in, and rights", .serialized)
struct LoginTests {
  @Test("a user without CREATE who finds everything in place works", arguments: MySQLServer.available)
  func leastPrivilege(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      try await fixture.open().close()
      let user = fixture.configuration.user
      try await fixture.server.sql(
        """
        REVOKE ALL ON \(fixture.database).* FROM '\(user)'@'%';
        GRANT SELECT, INSERT, UPDATE, DELETE ON \(fixture.database).* TO '\(user)'@'%'
        """)
      let poses = try await fixture.open().poses
      let id = try await poses.insert([newPose()])[0].id
      _ = try await poses.update(id, keypoints: Array("[1]".utf8), at: 5) { _ in }
      #expect(try await poses.delete(id) { _ in } != nil)
      #expect(try await poses.count() == 0)
    }
  }

  @Test("a right that is missing is named with its object, and no password", arguments: MySQLServer.available)
  func missingRights(flavor: MySQLServer.Flavor) async throws {
    for (rights, right, object) in [
      ("SELECT, INSERT, UPDATE, DELETE", "CREATE", "posevault_migrations"),
      ("SELECT, INSERT, UPDATE, DELETE, CREATE", "INDEX", "poses"),
    ] {
      try await withFixture(flavor, rights: rights) { fixture in
        try await fixture.server.sql("CREATE DATABASE \(fixture.database)")
        let error = await #expect(throws: PoseVaultError.self) { _ = try await fixture.open() }
        let message = error?.message ?? ""
        #expect(error?.code == .storageUnavailable)
        #expect(message.contains(right) && message.contains(object), "\(message)")
        #expect(!message.contains(fixture.configuration.password))
      }
    }
    try await withFixture(flavor) { fixture in
      let poses = try await fixture.open().poses
      let user = fixture.configuration.user
      try await fixture.server.sql(
        "REVOKE ALL ON \(fixture.database).* FROM '\(user)'@'%'; GRANT SELECT ON \(fixture.database).* TO '\(user)'@'%'"
      )
      try await fixture.killConnections()
      let error = await #expect(throws: PoseVaultError.self) { _ = try await poses.insert([newPose()]) }
      let message = error?.message ?? ""
      #expect(
        error?.code == .storageUnavailable && message.contains("INSERT") && message.contains("poses"), "\(message)")
    }
  }

  @Test("a database that is missing and may not be made is named", arguments: MySQLServer.available)
  func missingDatabase(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let error = await #expect(throws: PoseVaultError.self) {
        _ = try await fixture.open { $0.database = "elsewhere" }
      }
      #expect(error?.code == .storageUnavailable)
      #expect(error?.message.contains("elsewhere") == true, "\(error?.message ?? "")")
    }
  }

  @Test("a wrong password, a wrong port and an unknown host each say so", arguments: MySQLServer.available)
  func wrongSettings(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let password = await #expect(throws: PoseVaultError.self) {
        _ = try await fixture.open { $0.password = "secret guess" }
      }
      #expect(password?.message.contains("password is wrong") == true)
      #expect(password?.message.contains("secret guess") == false)
      let port = await #expect(throws: PoseVaultError.self) { _ = try await fixture.open { $0.port = 1 } }
      #expect(port?.message.contains("can't be reached") == true)
      let host = await #expect(throws: PoseVaultError.self) {
        _ = try await fixture.open { $0.host = "no-such-host.invalid" }
      }
      #expect(host?.message.contains("can't be reached") == true, "\(host?.message ?? "")")
      for error in [password, port, host] { #expect(error?.code == .storageUnavailable) }
    }
  }

  @Test("the configuration shows its password to nobody")
  func hiddenPassword() {
    let configuration = MySQLConfiguration(host: "h", user: "u", password: "hunter2", database: "d")
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!"\(configuration) \(String(reflecting: configuration)) \(dumped)".contains("hunter2"))
  }

  @Test(
    "caching_sha2_password works without TLS, on a cold cache and a warm one",
    .enabled(if: Missing.mayRun(with: MySQLServer.isAvailable(.mysql9))))
  func cachingSHA2() async throws {
    try await withFixture(.mysql9) { fixture in
      let plugin = try await fixture.server.sql(
        "SELECT plugin FROM mysql.user WHERE user = '\(fixture.configuration.user)'")
      #expect(plugin == "caching_sha2_password\n")
      for _ in 0..<2 {
        try await fixture.open().poses.ping()
        try await fixture.close()
      }
      try await fixture.server.sql("FLUSH PRIVILEGES")
      try await fixture.open().poses.ping()
    }
  }

  @Test("localhost is reached over TCP", arguments: MySQLServer.available)
  func localhost(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      try await fixture.open { $0.host = "localhost" }.poses.ping()
    }
  }
}
