import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Two imports into one database", .serialized, .timeLimit(.minutes(1)))
struct ImportClaimTests {
  @Test(
    "of two processes one at a time has a name, others have theirs, and a name comes free again",
    arguments: MySQLServer.available)
  func claims(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let (one, other) = (try await fixture.open().imports, try await fixture.open().imports)
      #expect(try await one.claim("photos/ü.jpg"))
      #expect(try await one.claim("photos/c.jpg"))
      #expect(try await !other.claim("photos/ü.jpg"))
      #expect(try await other.claim("photos/b.jpg"))
      await one.release("photos/ü.jpg")
      #expect(try await other.claim("photos/ü.jpg"))
      #expect(try await !one.claim("photos/b.jpg"))
      #expect(try await !other.claim("photos/c.jpg"))
      // as when its process is killed
      try await other.close()
      // once the server has seen that the connection is gone
      while try await !one.claim("photos/b.jpg") { try await Task.sleep(for: .milliseconds(50)) }
    }
    try await withFixture(flavor) { fixture in
      let claims = try await fixture.open().imports
      #expect(try await claims.claim("photos/b.jpg"))
      try await fixture.killConnections()
      // what it held may have been taken: its import must end
      await #expect(throws: PoseVaultError.self) { _ = try await claims.claim("photos/c.jpg") }
      await #expect(throws: PoseVaultError.self) { _ = try await claims.claim("photos/c.jpg") }
    }
  }
}
