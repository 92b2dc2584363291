import CMariaDB
import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("What is tried again, and what is not", .serialized, .timeLimit(.minutes(2)))
struct RetryTests {
  @Test(
    "the rule",
    arguments: [
      (1, CR_SERVER_GONE_ERROR, false, 0.1, true), (1, CR_SERVER_LOST, false, 0.1, true),
      (1, ER_SERVER_SHUTDOWN, false, 0.1, true), (1, ER_CONNECTION_KILLED, false, 0.1, true),
      // a second time, after a change, and after a server that hung
      (2, CR_SERVER_LOST, false, 0.1, false), (1, CR_SERVER_LOST, true, 0.1, false),
      (1, CR_SERVER_LOST, false, 5, false),
      (1, ER_LOCK_DEADLOCK, true, 0.1, true), (5, ER_LOCK_DEADLOCK, true, 0.1, true),
      (6, ER_LOCK_DEADLOCK, true, 0.1, false),
      (1, ER_LOCK_WAIT_TIMEOUT, true, 2, true), (2, ER_LOCK_WAIT_TIMEOUT, true, 2, false),
      (1, ER_DISK_FULL, true, 0.1, false), (1, CR_CONNECTION_ERROR, false, 0.1, false),
    ])
  func rule(number: Int, error: Int32, hasChanges: Bool, seconds: Double, again: Bool) {
    let decision = RetryRule.decide(
      RetryRule.Attempt(
        number: number, error: MySQLError(number: UInt32(error), message: ""), hasChanges: hasChanges,
        duration: .seconds(seconds)))
    #expect((decision != .giveUp) == again)
  }

  @Test("a transaction that a deadlock rolled back is run again", arguments: MySQLServer.available)
  func deadlock(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open()
      try await crossOver(storage) { connection, id, order in
        try connection.change("UPDATE poses SET keypoints = ? WHERE id = ?", [.text("[\(order[0])]"), .int(id)])
      }
      let rows = try await storage.poses.list(.offset(0, limit: 2)).map(\.keypoints)
      #expect(rows[0] == rows[1], "one of the two came last on both rows")
    }
  }

  @Test("a deadlock met while rows are locked by reading them is run again", arguments: MySQLServer.available)
  func deadlockOfReads(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open()
      try await crossOver(storage) { connection, id, _ in
        let rows = try connection.rows("SELECT id FROM poses WHERE id = ? FOR UPDATE", [.int(id)])
        #expect(rows.count == 1)
      }
    }
  }

  /// Two transactions lock the same two rows in opposite orders, so that one has to be rolled back and run again.
  private func crossOver(
    _ storage: MySQLStorage, _ lock: @escaping @Sendable (MySQLConnection, Int, [Int]) throws -> Void
  ) async throws {
    let ids = try await storage.poses.insert([newPose(), newPose()]).map(\.id)
    let runs = Shared(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for order in [ids, ids.reversed()] {
        group.addTask {
          try await storage.database.write { connection in
            runs.withLock { $0 += 1 }
            for id in order {
              try lock(connection, id, order)
              _ = try connection.rows("SELECT SLEEP(0.3)")
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(runs.withLock { $0 } >= 3)
  }

  @Test("a pose that another session holds for too long can't be deleted now", arguments: MySQLServer.available)
  func lockedByAnother(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let poses = try await fixture.open().poses
      let id = try await poses.insert([newPose()])[0].id
      let other = try MySQLConnection(fixture.configuration, database: fixture.database, limits: .request)
      try other.execute("START TRANSACTION")
      #expect(try other.rows("SELECT id FROM poses WHERE id = ? FOR UPDATE", [.int(id)]).count == 1)
      let error = await #expect(throws: PoseVaultError.self) { _ = try await poses.delete(id) { _ in } }
      #expect(error?.code == .storageUnavailable && error?.message.contains("busy") == true, "\(error?.message ?? "")")
      try other.execute("ROLLBACK")
      #expect(try await poses.delete(id) { _ in } != nil)
    }
  }

  @Test("a connection that is killed between rows is lost, and not used again", arguments: MySQLServer.available)
  func killedBetweenRows(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open { $0.maxConnections = 1 }
      let killer = try MySQLConnection(fixture.configuration, database: fixture.database, limits: .request)
      let failed = Shared<Int64?>(nil)
      try await storage.database.read { connection in
        let number = try #require(try connection.rows("SELECT CONNECTION_ID()").first?.int(0))
        let error = #expect(throws: MySQLError.self) {
          // more than what is buffered on the way
          try connection.forEach(
            """
            WITH RECURSIVE counter AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM counter WHERE n < 900)
            SELECT n, REPEAT('x', 100000) FROM counter
            """
          ) { row in
            if try row.int(0) == 1 { try killer.execute("KILL \(number)") }
          }
        }
        #expect(error?.isConnectionLost == true && !connection.isUsable, "\(String(describing: error))")
        failed.withLock { $0 = number }
      }
      let number = try await storage.database.read { try $0.rows("SELECT CONNECTION_ID()").first?.int(0) }
      #expect(number != nil && number != failed.withLock { $0 })
    }
  }

  @Test(
    "a change whose connection is lost before the commit is not made again, and not stored",
    arguments: MySQLServer.available)
  func lostAfterChange(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open()
      let runs = Shared(0)
      let error = await #expect(throws: PoseVaultError.self) {
        try await storage.database.write { connection in
          runs.withLock { $0 += 1 }
          try Self.insert(connection)
          try? connection.execute("KILL CONNECTION_ID()")
          try Self.insert(connection)
        }
      }
      #expect(error?.code == .storageUnavailable && runs.withLock { $0 } == 1)
      #expect(try await storage.poses.count() == 0)
    }
  }

  @Test("a commit whose connection is lost has an unknown outcome, and says so", arguments: MySQLServer.available)
  func lostCommit(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open()
      let runs = Shared(0)
      let error = await #expect(throws: PoseVaultError.self) {
        try await storage.database.write { connection in
          runs.withLock { $0 += 1 }
          try Self.insert(connection)
          try? connection.execute("KILL CONNECTION_ID()")
        }
      }
      #expect(error?.code == .storageUnavailable && error?.message.contains("may or may not be stored") == true)
      #expect(runs.withLock { $0 } == 1)
    }
  }

  @Test("a read whose connection is lost on the way is made again", arguments: MySQLServer.available)
  func lostRead(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open()
      let runs = Shared(0)
      let row = try await storage.database.read { connection in
        let run = runs.withLock {
          $0 += 1
          return $0
        }
        if run == 1 { try? connection.execute("KILL CONNECTION_ID()") }
        return try connection.rows("SELECT ?", [.int(7)]).first?.int(0)
      }
      #expect(row == 7 && runs.withLock { $0 } == 2)
    }
  }

  private static func insert(_ connection: MySQLConnection) throws {
    try connection.change("INSERT INTO poses (image_id, keypoints) VALUES (?, ?)", [.text("x"), .text("[]")])
  }
}
