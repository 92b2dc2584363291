import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Snapshots and restores in MySQL", .serialized, .timeLimit(.minutes(2)))
struct SnapshotTests {
  @Test(
    "a snapshot whose connection is lost stays lost: another would see another moment", arguments: MySQLServer.available
  )
  func lost(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let poses = try await fixture.open().poses
      _ = try await poses.insert([newPose(), newPose()])
      try await poses.withSnapshot { snapshot in
        #expect(try await snapshot.rows(after: nil, limit: 1).count == 1)
        try await fixture.killConnections()
        for _ in 0..<2 {
          let error = await #expect(throws: PoseVaultError.self) { _ = try await snapshot.rows(after: nil, limit: 1) }
          #expect(error?.code == .storageUnavailable && error?.message.contains("was lost") == true)
        }
      }
      #expect(try await poses.withSnapshot { try await $0.totals() }.count == 2)
    }
  }

  @Test("snapshots need none of the pool's connections, and leave none behind", arguments: MySQLServer.available)
  func ownConnection(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open {
        $0.maxConnections = 1
        $0.waitLimit = .milliseconds(100)
      }
      async let busy: Void = storage.database.sleep(1)
      try await soon { try await fixture.sql(PoolTests.sleeping) == "1\n" }
      _ = try await storage.poses.withSnapshot { try await $0.totals() }
      #expect(try await fixture.sql(PoolTests.sleeping) == "1\n")
      try await busy
      try await soon { try await fixture.connections().count == 1 }
    }
  }

  @Test("a backup that is cancelled doesn't wait for a long statement", arguments: MySQLServer.available)
  func cancelled(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open()
      let connection = storage.database.hold()
      try await connection.connect()
      let call = Task { try await connection.run { _ = try $0.rows("SELECT SLEEP(60)") } }
      try await soon { try await fixture.sql(PoolTests.sleeping) == "1\n" }
      call.cancel()
      await #expect(throws: CancellationError.self) { try await call.value }
      // the statement is still there: nobody waited for its end
      await connection.close()
      try await fixture.killConnections()
    }
  }

  @Test("a row that the table can't hold as it is is refused, and all with it", arguments: MySQLServer.available)
  func unfit(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let poses = try await fixture.open().poses
      let good = PoseRecord(id: 1, imageID: "a", keypoints: Array("[]".utf8), createdAt: 1, updatedAt: 1)
      var bad = [-1, 0, 4_000_000_000, 40_000_000_000].map { (seconds: Int64) in
        PoseRecord(id: 2, imageID: "a", keypoints: Array("[]".utf8), createdAt: seconds, updatedAt: 1)
      }
      bad.append(PoseRecord(id: 2, imageID: "a", keypoints: Array("[".utf8), createdAt: 1, updatedAt: 1))
      let longID = String(repeating: "a", count: 256)
      bad.append(PoseRecord(id: 2, imageID: longID, keypoints: Array("[]".utf8), createdAt: 1, updatedAt: 1))
      for row in bad {
        let error = await #expect(throws: PoseVaultError.self) { try await poses.restore([good, row]) }
        #expect(error?.message.contains("row 2 unchanged") == true, "\(error as Any)")
        #expect(try await poses.count() == 0)
      }
      try await poses.restore([good])
      #expect(try await poses.find(1) == good)
    }
  }

  @Test("a restore needs no right to alter tables", arguments: MySQLServer.available)
  func rights(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let poses = try await fixture.open().poses
      try await fixture.sql(
        """
        REVOKE ALL ON \(fixture.database).* FROM '\(fixture.configuration.user)'@'%';
        GRANT SELECT, INSERT, UPDATE, DELETE ON \(fixture.database).* TO '\(fixture.configuration.user)'@'%'
        """)
      try await fixture.killConnections()
      try await poses.continueIDs(at: 700)
      #expect(try await poses.withSnapshot { try await $0.nextID() } == 700)
      #expect(try await poses.notIncluded() == [])
      #expect(try await poses.insert([newPose()])[0].id == 700)
    }
  }
}
