import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Keys of uploads on a database that fails", .serialized, .timeLimit(.minutes(1)))
struct UploadKeyTests {
  @Test(
    "an upload whose connection was lost before the commit is stored by the retry", arguments: MySQLServer.available)
  func lostBeforeCommit(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open()
      let first = KeyedUpload(key: "k", content: "c")
      #expect(try await storage.uploads.claim(first, at: 1000) == .admitted)
      let killer = try MySQLConnection(fixture.configuration, database: fixture.database, limits: .request)
      let killed = Shared(false)
      await #expect(throws: PoseVaultError.self) {
        _ = try await storage.uploads.insert([newPose()], for: first, at: 1000) { _ in
          let others = try? killer.rows(
            "SELECT id FROM information_schema.processlist WHERE user = ? AND id != CONNECTION_ID()",
            [.text(fixture.configuration.user)])
          for other in others ?? [] {
            guard let id = try? other.int(0) else { continue }
            killed.withLock { $0 = true }
            try? killer.execute("KILL \(id)")
          }
          return [0x7b, 0x7d]
        }
      }
      #expect(killed.withLock { $0 })
      try await storage.uploads.release(first)
      let retry = KeyedUpload(key: "k", content: "c")
      #expect(try await storage.uploads.claim(retry, at: 1001) == .admitted)
      #expect(try await storage.uploads.insert([newPose()], for: retry, at: 1001) { _ in [0x7b, 0x7d] }.count == 1)
      #expect(try await fixture.sql("SELECT COUNT(*) FROM poses") == "1\n")
    }
  }

  @Test("a retry waits for a commit that is on its way, and gets its answer", arguments: MySQLServer.available)
  func commitUnderWay(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let (slow, other) = (try await fixture.open(), try await fixture.open())
      let upload = KeyedUpload(key: "k", content: "c")
      let (entered, enter) = AsyncStream.makeStream(of: Void.self)
      let pauser = try MySQLConnection(fixture.configuration, database: fixture.database, limits: .request)
      async let rows = slow.uploads.insert([newPose()], for: upload, at: 1000) { _ in
        enter.finish()
        _ = try? pauser.rows("SELECT SLEEP(0.5)")
        return [0x7b, 0x7d]
      }
      for await _ in entered {}
      // what a server does that has lost its connection, long after the 30 seconds
      try await other.uploads.release(upload)
      let admission = try await other.uploads.claim(KeyedUpload(key: "k", content: "c"), at: 1100)
      let id = try await rows[0].id
      #expect(admission == .recorded(RecordedUpload(pose: id, answer: [0x7b, 0x7d])))
    }
  }
}
