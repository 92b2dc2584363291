import Foundation
import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Two servers on one database", .serialized, .timeLimit(.minutes(2)))
struct SharedPictureTests {
  @Test("of the poses of one picture that go at once, exactly one is the last", arguments: MySQLServer.available)
  func deletes(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let servers = [try await fixture.open().poses, try await fixture.open().poses]
      // others around it, so that a table that is almost empty hides nothing
      _ = try await servers[0].insert((0..<50).map { _ in newPose(.generate(at: .random(in: 0...9_999_999))) })
      for round in 0..<25 {
        let image = ImageID.generate(at: Int64(round))
        let ids = try await servers[0].insert((0..<4).map { _ in newPose(image) }).map(\.id)
        let shared = try await withThrowingTaskGroup(of: Bool?.self) { group in
          for (index, id) in ids.shuffled().enumerated() {
            group.addTask { try await servers[index % 2].delete(id) { _ in }?.imageIsShared }
          }
          return try await group.reduce(into: [Bool?]()) { $0.append($1) }
        }
        #expect(shared.count { $0 == false } == 1 && shared.count { $0 == true } == 3)
      }
    }
  }

  @Test("a pose that joins a picture waits for the delete of its last one", arguments: MySQLServer.available)
  func insertDuringDelete(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let servers = [try await fixture.open().poses, try await fixture.open().poses]
      let image = ImageID.generate(at: 5)
      let id = try await servers[0].insert([newPose(image)])[0].id
      let inserted = Shared(false)
      let insertion = Shared<Task<Void, any Error>?>(nil)
      let deleted = try await servers[0].delete(id) { _ in
        insertion.withLock {
          $0 = Task {
            _ = try await servers[1].insert([newPose(image)])
            inserted.withLock { $0 = true }
          }
        }
        Thread.sleep(forTimeInterval: 0.5)
        #expect(!inserted.withLock { $0 })
      }
      #expect(deleted?.imageIsShared == false)
      try await insertion.withLock { $0 }?.value
      #expect(try await servers[0].referenced(among: [image]) == [image])
    }
  }

  @Test(
    "capitals in an adopted table: a picture stays while any row names it, found by the index",
    arguments: MySQLServer.available, ["utf8mb4 COLLATE utf8mb4_bin", "latin1", "latin1 COLLATE latin1_bin"])
  func capitals(flavor: MySQLServer.Flavor, characterSet: String) async throws {
    try await withFixture(flavor) { fixture in
      try await fixture.server.sql("CREATE DATABASE \(fixture.database)")
      try await fixture.sql(
        AdoptionTests.table.replacing(
          "image_id VARCHAR(255)", with: "image_id VARCHAR(255) CHARACTER SET \(characterSet)")
      )
      let image = try #require(ImageID("65f1a2b3c4d5e6f708192a3b"))
      let others = (0..<2000).map { "('\(ImageID.generate(at: 1_710_000_000 + Int64($0)))', '[]')" }
      try await fixture.sql(
        "INSERT INTO poses (image_id, keypoints) VALUES ('\(image)', '[]'), ('65F1A2B3C4D5E6F708192A3B', '[]'), "
          + others.joined(separator: ", "))
      let storage = try await fixture.open { $0.maxConnections = 1 }
      let poses = storage.poses

      let start = try await rowsRead(storage)
      let deleted = try await poses.delete(1) { _ in }
      #expect(deleted?.imageIsShared == true)
      let afterDelete = try await rowsRead(storage)
      #expect(try await poses.referenced(among: [image]) == [image])
      let end = try await rowsRead(storage)
      #expect(afterDelete - start < 100 && end - afterDelete < 100, "both search the index")
      let last = try await poses.delete(2) { _ in }
      #expect(last?.imageID == "65F1A2B3C4D5E6F708192A3B" && last?.imageIsShared == false)
      #expect(try await poses.referenced(among: [image]) == [])
    }
  }

  @Test("the pose in capitals may go first", arguments: MySQLServer.available)
  func capitalsFirst(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let poses = try await fixture.open().poses
      try await fixture.sql(
        "ALTER TABLE poses MODIFY image_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL")
      let image = try #require(ImageID("65f1a2b3c4d5e6f708192a3b"))
      let small = try await poses.insert([newPose(image)])[0].id
      let capital = try await fixture.insertRow(
        imageID: image.description.uppercased(), keypoints: "[]", createdAt: 1, updatedAt: 1)
      #expect(try await poses.delete(capital) { _ in }?.imageIsShared == true)
      #expect(try await poses.delete(small) { _ in }?.imageIsShared == false)
    }
  }

  /// How many rows of indexes and tables the one connection of `storage` has passed by.
  private func rowsRead(_ storage: MySQLStorage) async throws -> Int64 {
    try await storage.database.read { connection in
      try connection.rows("SHOW SESSION STATUS LIKE 'Handler_read_%'")
        .filter { ["Handler_read_next", "Handler_read_prev"].contains($0.text(0) ?? "") }
        .reduce(0) { $0 + (try $1.int(1) ?? 0) }
    }
  }

  @Test("a count is right whatever is inserted and deleted meanwhile", arguments: MySQLServer.available)
  func counts(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let (poses, others) = (try await fixture.open().poses, try await fixture.open().poses)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<4 {
          group.addTask {
            for _ in 0..<40 {
              let id = try await poses.insert([newPose(), newPose()])[0].id
              _ = try await poses.count()
              _ = try await poses.delete(id) { _ in }
              if worker == 0 { _ = try await others.insert([newPose()]) }
            }
          }
        }
        try await group.waitForAll()
      }
      try await soon { try await poses.count() == 200 }
      #expect(try await poses.list(.offset(0, limit: 1000)).count == 200)
    }
  }
}
