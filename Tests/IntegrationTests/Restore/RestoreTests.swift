import Foundation
import TestServers
import Testing

@Suite("A restore by the real program", .serialized)
struct RestoreTests {
  @Test("from embedded storage to MySQL, to MariaDB and back: row by row and byte by byte the same")
  func roundTrip() async throws {
    try await withTemporaryFolder { folder in
      let original = try await Original.make(40, in: folder)
      var archive = original.archive
      for flavor in MySQLServer.available {
        let databases = try await Databases.start(flavor)
        let restored = try await Program.run(
          ["backup", "restore", archive], settings: databases.settings, in: folder)
        #expect(restored.status == 0, "\(restored.errors)")
        try Contents.expectEqual(try await .databases(databases), original.contents)
        let made = try await Program.run(["backup", "create"], settings: databases.settings, in: folder)
        try #require(made.status == 0, "\(made.errors)")
        archive = made.output.trimmingCharacters(in: .newlines)
      }
      let restored = try await Program.run(
        ["backup", "restore", archive], settings: ["DATA_DIR": folder + "/back"], in: folder)
      #expect(restored.status == 0, "\(restored.errors)")
      try Contents.expectEqual(try await .embedded(folder + "/back"), original.contents)
    }
  }

  @Test("--dry-run writes nothing, a storage that is not empty is refused, --replace keeps what was there")
  func embedded() async throws {
    try await withTemporaryFolder { folder in
      let original = try await Original.make(6, in: folder)
      let other = try await Original.make(3, in: folder + "/other")
      let target = folder + "/other/data"

      let dry = try await Program.run(
        ["backup", "restore", original.archive, "--dry-run"], settings: ["DATA_DIR": folder + "/new"], in: folder)
      #expect(dry.status == 0)
      #expect(dry.output.contains("\(original.contents.rows.count) poses and 6 pictures"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/new"))

      let refused = try await Program.run(["backup", "restore", original.archive], in: folder + "/other")
      #expect(refused.status == 1)
      #expect(refused.errors.contains("--replace"))
      try Contents.expectEqual(try await .embedded(target), other.contents)

      let replaced = try await Program.run(["backup", "restore", original.archive, "--replace"], in: folder + "/other")
      #expect(replaced.status == 0, "\(replaced.errors)")
      try Contents.expectEqual(try await .embedded(target), original.contents)
      let kept = try #require(replaced.output.firstMatch(of: /is kept in (.+);/))
      try Contents.expectEqual(try await .embedded(String(kept.1)), other.contents)

      let nothing = try await Program.run(["backup", "restore", "--discard", "--yes"], in: folder + "/other")
      #expect(nothing.status == 1)
      try Contents.expectEqual(try await .embedded(target), original.contents)
    }
  }

  @Test("wrong use is told with 64, a damaged archive with 2, and nothing is written")
  func refusals() async throws {
    try await withTemporaryFolder { folder in
      let original = try await Original.make(3, in: folder)
      let new = ["DATA_DIR": folder + "/new"]
      for arguments in [
        [], ["a.zip", "--replace", "--discard"], ["a.zip", "--yes"], ["--discard"], ["a.zip", "b.zip"],
      ] {
        let outcome = try await Program.run(["backup", "restore"] + arguments, settings: new, in: folder)
        #expect(outcome.status == 64, "\(arguments)")
      }
      var bytes = try Data(contentsOf: URL(filePath: original.archive))
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: URL(filePath: folder + "/damaged.zip"))
      let damaged = try await Program.run(["backup", "restore", "damaged.zip"], settings: new, in: folder)
      #expect(damaged.status == 2, "\(damaged.errors)")
      let missing = try await Program.run(["backup", "restore", "missing.zip"], settings: new, in: folder)
      #expect(missing.status == 1)
      #expect(!FileManager.default.fileExists(atPath: folder + "/new"))
    }
  }

  @Test(
    "a server on the same databases answers 503 meanwhile; a second restore is refused",
    arguments: MySQLServer.available)
  func beside(_ flavor: MySQLServer.Flavor) async throws {
    try await withTemporaryFolder { folder in
      let original = try await Original.make(60, in: folder)
      let databases = try await Databases.start(flavor)
      let server = try await ServerProcess.start(in: folder + "/server", settings: databases.settings)
      let restore = try Program.start(
        ["backup", "restore", original.archive], settings: databases.settings, in: folder)
      var refusals = 0
      var second: Program.Outcome?
      while restore.process.isRunning {
        let list = try await server.client.send("GET", "/api/poses")
        if list.status == 503 {
          refusals += 1
          #expect((list.json["error"] as? [String: Any])?["code"] as? String == "RESTORING")
          let health = try await server.client.send("GET", "/api/health")
          #expect(health.status == (health.json["restoring"] == nil ? 200 : 503))
          if second == nil {
            #expect(health.json["restoring"] != nil)
            second = try await Program.run(
              ["backup", "restore", original.archive], settings: databases.settings, in: folder)
          }
        } else {
          // before the mark, or after all
          let rows = (list.json["data"] as? [String: Any])?["poses"] as? [Any]
          #expect(rows?.count == 0 || !restore.process.isRunning || refusals > 0)
        }
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(try await restore.end().status == 0)
      #expect(refusals > 3)
      #expect(second?.status == 1)
      #expect(second?.errors.contains("under way") == true, "\(second?.errors ?? "")")
      try await Task.sleep(for: .milliseconds(1100))
      let rows = try await server.client.poses()
      #expect(rows.count == original.contents.rows.count)
      #expect(try await server.end(SIGTERM) == 0)

      let full = try await Program.run(
        ["backup", "restore", original.archive], settings: databases.settings, in: folder)
      #expect(full.status == 1)
      #expect(full.errors.contains("not empty"))
      try Contents.expectEqual(try await .databases(databases), original.contents)
    }
  }
}
