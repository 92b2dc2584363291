import Foundation
import TestServers
import Testing

@Suite("A restore that is killed with -9", .serialized)
struct RestoreKillTests {
  static let kills = 20

  @Test("embedded storage: no server starts before it has ended; run again, it ends, and all is there")
  func embedded() async throws {
    try await withTemporaryFolder { folder in
      let original = try await Original.make(60, in: folder)
      let other = try await Original.make(3, in: folder + "/other")
      let target = folder + "/other"
      let command = ["backup", "restore", original.archive, "--replace"]
      let duration = try await measure { _ = try await Program.run(command, in: folder + "/measured") }
      var unfinished = 0
      for kill in 0..<Self.kills {
        try await self.kill(command, in: target, within: duration)
        let names = try FileManager.default.contentsOfDirectory(atPath: target + "/data")
        if names.contains(where: { $0.hasPrefix("restor") }) {
          unfinished += 1
          let server = try ServerProcess.launch(in: target, settings: ["DATA_DIR": target + "/data"])
          #expect(try await ServerProcess.wait(for: server) != 0)
          #expect(ServerProcess.log(in: target).contains("was interrupted"))
        } else {
          // nothing of it, or all of it
          let found = try await Contents.embedded(target + "/data")
          try Contents.expectEqual(
            found, found.rows.count == other.contents.rows.count ? other.contents : original.contents)
        }
        // some restores begin anew, some go on
        if kill % 3 == 0 {
          _ = try await Program.run(["backup", "restore", "--discard", "--yes"], in: target)
        }
      }
      #expect(unfinished >= 5)
      let restored = try await Program.run(command, in: target)
      #expect(restored.status == 0, "\(restored.errors)")
      try Contents.expectEqual(try await .embedded(target + "/data"), original.contents)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: target + "/data").allSatisfy { !$0.hasPrefix("restor") })
    }
  }

  @Test(
    "databases: servers answer 503 before it has ended; run again, it ends, and all is there",
    arguments: MySQLServer.available)
  func databases(_ flavor: MySQLServer.Flavor) async throws {
    try await withTemporaryFolder { folder in
      let original = try await Original.make(60, in: folder)
      let databases = try await Databases.start(flavor)
      let command = ["backup", "restore", original.archive]
      // the tables
      _ = try await Program.run(["migrate"], settings: databases.settings, in: folder)
      // a restore waits for seconds until no server still writes
      let clock = try await FakeClock.make(in: folder + "/clock")
      let hurried = databases.settings.merging(clock.environment) { $1 }
      let passing = Task {
        while true {
          try await Task.sleep(for: .milliseconds(200))
          try clock.goOn(1)
        }
      }
      defer { passing.cancel() }
      let duration = try await measure { _ = try await Program.run(command, settings: hurried, in: folder) }
      try await empty(databases)
      var unfinished = 0
      for kill in 0..<Self.kills {
        try await self.kill(command, settings: hurried, in: folder, within: duration)
        let isMarked = try await databases.sql("SELECT count(file) FROM posevault_restore").contains("1")
        let server = try await ServerProcess.start(in: folder + "/server", settings: databases.settings)
        let list = try await server.client.send("GET", "/api/poses")
        let total = ((list.json["data"] as? [String: Any])?["pagination"] as? [String: Any])?["total"] as? Int
        if isMarked {
          unfinished += 1
          #expect(list.status == 503)
          #expect(try await server.client.send("GET", "/api/images/0123456789abcdef01234567").status == 503)
        } else {
          // nothing of it, or all of it
          #expect(total == 0 || total == original.contents.rows.count)
        }
        #expect(try await server.end(SIGKILL) == SIGKILL)
        if kill % 4 == 3, isMarked {
          let given = try await Program.run(
            ["backup", "restore", "--discard", "--yes"], settings: hurried, in: folder)
          #expect(given.status == 0, "\(given.errors)")
          let left = try await Contents.databases(databases)
          #expect(left.rows.isEmpty && left.pictures.isEmpty)
          #expect(try await databases.python("print(db['images.chunks'].count_documents({}))").hasPrefix("0"))
        }
        if total == original.contents.rows.count { try await empty(databases) }
      }
      #expect(unfinished >= 5)
      let restored = try await Program.run(command, settings: hurried, in: folder)
      #expect(restored.status == 0, "\(restored.errors)")
      try Contents.expectEqual(try await .databases(databases), original.contents)
      #expect(try await databases.sql("SELECT count(file) FROM posevault_restore").contains("0"))
    }
  }

  private func empty(_ databases: Databases) async throws {
    _ = try await databases.sql("DELETE FROM poses")
    _ = try await databases.python("db['images.files'].delete_many({}); db['images.chunks'].delete_many({})")
  }

  private func kill(
    _ command: [String], settings: [String: String] = [:], in folder: String, within duration: Duration
  ) async throws {
    let restore = try Program.start(command, settings: settings, in: folder)
    try await Task.sleep(for: duration * Double.random(in: 0...1))
    Foundation.kill(restore.process.processIdentifier, SIGKILL)
    _ = try await restore.end()
  }

  private func measure(_ body: () async throws -> Void) async throws -> Duration {
    let start = ContinuousClock.now
    try await body()
    return .now - start
  }
}
