import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("The pool of connections", .serialized, .timeLimit(.minutes(2)))
struct PoolTests {
  @Test("never has more connections than allowed, and none once closed", arguments: MySQLServer.available)
  func bounded(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open { $0.maxConnections = 3 }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<60 { group.addTask { _ = try await storage.poses.insert([newPose()]) } }
        for _ in 0..<10 { group.addTask { try await storage.poses.ping() } }
        for _ in 0..<20 { #expect(try await fixture.connections().count <= 4) }
        try await group.waitForAll()
      }
      #expect(try await storage.poses.count() == 60)
      try await storage.close()
      try await soon { try await fixture.connections().isEmpty }
      let late = await #expect(throws: PoseVaultError.self) { _ = try await storage.poses.find(1) }
      #expect(late?.code == .shuttingDown)
    }
  }

  @Test("a call that finds no free connection in time is told so", arguments: MySQLServer.available)
  func deadline(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open {
        $0.maxConnections = 2
        $0.waitLimit = .milliseconds(200)
      }
      let sleepers = (0..<2).map { _ in
        Task { try await storage.database.sleep(2) }
      }
      try await soon { try await fixture.sql(Self.sleeping) == "2\n" }
      let error = await #expect(throws: PoseVaultError.self) { _ = try await storage.poses.find(1) }
      #expect(error?.code == .storageUnavailable)
      #expect(try await fixture.sql(Self.sleeping) == "2\n")
      // health has its own
      try await storage.poses.ping()
      for sleeper in sleepers { try await sleeper.value }
      #expect(try await storage.poses.find(1) == nil)
    }
  }

  @Test("callers that are cancelled leak no connection", arguments: MySQLServer.available)
  func cancellation(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open { $0.maxConnections = 3 }
      for _ in 0..<5 {
        let calls = (0..<30).map { _ in Task { try await storage.database.sleep(0.1) } }
        try await soon { try await fixture.sql(Self.sleeping) == "3\n" }
        for call in calls { call.cancel() }
        for call in calls { _ = await call.result }
      }
      #expect(try await fixture.connections().count <= 3)
      // all three can be had at once
      let calls = (0..<3).map { _ in Task { try await storage.database.sleep(0.5) } }
      try await soon { try await fixture.sql(Self.sleeping) == "3\n" }
      for call in calls { try await call.value }
    }
  }

  @Test("connections that were killed while idle are replaced unnoticed", arguments: MySQLServer.available)
  func killedWhileIdle(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let poses = try await fixture.open { $0.maxConnections = 4 }.poses
      let id = try await poses.insert([newPose()])[0].id
      for _ in 0..<5 {
        // several at once, so that several connections are there
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<8 { group.addTask { _ = try await poses.find(id) } }
          try await group.waitForAll()
        }
        try await fixture.killConnections()
        async let found = poses.find(id)
        async let updated = poses.update(id, keypoints: Array("[2]".utf8), at: 9) { _ in }
        async let added = poses.insert([newPose()])
        async let pinged: Void = poses.ping()
        #expect(try await found?.id == id)
        #expect(try await updated?.id == id)
        #expect(try await added.count == 1)
        try await pinged
      }
    }
  }

  /// How many statements of tests are sleeping.
  static let sleeping =
    "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User sleep'"
}

extension MySQLDatabase {
  /// Keeps a connection busy.
  func sleep(_ seconds: Double) async throws {
    try await read { connection in _ = try connection.rows("SELECT SLEEP(\(seconds))") }
  }
}

/// Asks again for at most 20 s until `condition` holds.
func soon(
  sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
  for _ in 0..<400 {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(50))
  }
  Issue.record("it never came to be", sourceLocation: sourceLocation)
}
