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
