import Foundation
import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("A server that fails", .serialized, .timeLimit(.minutes(5)))
struct FailureTests {
  @Test("killed and started again under load: every acknowledged pose is there", arguments: MySQLServer.available)
  func restart(flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.start(flavor)
    try await withFixture(on: server) { fixture in
      let poses = try await fixture.open().poses
      let acknowledged = Shared<Set<Int>>([])
      let refused = Shared(0)
      let isOver = Shared(false)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<12 {
          group.addTask {
            while !isOver.withLock({ $0 }) {
              do {
                let ids = try await poses.insert([newPose()]).map(\.id)
                acknowledged.withLock { $0.formUnion(ids) }
              } catch let error as PoseVaultError where error.code == .storageUnavailable {
                refused.withLock { $0 += 1 }
                try await Task.sleep(for: .milliseconds(20))
              }
            }
          }
        }
        for _ in 0..<2 {
          try await Task.sleep(for: .seconds(1))
          try await server.kill9()
          let ping = await #expect(throws: PoseVaultError.self) { try await poses.ping() }
          #expect(ping?.code == .storageUnavailable)
          try await server.restart()
          let before = acknowledged.withLock { $0.count }
          // service resumes by itself
          try await soon { acknowledged.withLock { $0.count } > before }
        }
        isOver.withLock { $0 = true }
        try await group.waitForAll()
      }
      #expect(refused.withLock { $0 } > 0)
      let stored = Set(try await fixture.sql("SELECT id FROM poses").split(separator: "\n").compactMap { Int($0) })
      #expect(acknowledged.withLock { $0 }.subtracting(stored) == [])
      #expect(try await poses.count() == stored.count)
    }
  }

  @Test(
    "a server that hangs: callers and health are told in time, and all works once it goes on",
    arguments: MySQLServer.available)
  func hanging(flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.start(flavor)
    try await withFixture(on: server) { fixture in
      let poses = try await fixture.open { $0.maxConnections = 4 }.poses
      let id = try await poses.insert([newPose()])[0].id
      try await poses.ping()
      server.pause()
      defer { server.resume() }
      let clock = ContinuousClock()
      for _ in 0..<2 {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 0..<40 {
            group.addTask {
              let error = await #expect(throws: PoseVaultError.self) {
                if number % 2 == 0 { _ = try await poses.find(id) } else { _ = try await poses.insert([newPose()]) }
              }
              #expect(error?.code == .storageUnavailable, "\(String(describing: error))")
            }
          }
          for _ in 0..<5 {
            let waited = await clock.measure {
              let error = await #expect(throws: PoseVaultError.self) { try await poses.ping() }
              #expect(error?.code == .storageUnavailable)
            }
            // what health waits for at most
            #expect(waited < .milliseconds(1800))
          }
          try await group.waitForAll()
        }
      }
      server.resume()
      try await soon { (try? await poses.ping()) != nil }
      for _ in 0..<20 { #expect(try await poses.find(id)?.id == id) }
      _ = try await poses.insert([newPose()])
      // what the server had accepted while it hung goes away
      try await soon { try await fixture.connections().count <= 5 }
    }
  }

  @Test(
    "a server that takes no more connections says so, and is used again when it does",
    arguments: MySQLServer.available)
  func tooManyConnections(flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.start(flavor, options: ["--max-connections=10"])
    try await withFixture(on: server) { fixture in
      let storage = try await fixture.open { $0.maxConnections = 14 }
      let calls = (0..<14).map { _ in Task { try await storage.database.sleep(1) } }
      var refusals = 0
      for call in calls {
        guard case .failure(let error) = await call.result else { continue }
        let refusal = error as? PoseVaultError
        #expect(refusal?.code == .storageUnavailable && refusal?.message.contains("no more connections") == true)
        refusals += 1
      }
      #expect(refusals > 0 && refusals < 14)
      #expect(try await storage.poses.find(1) == nil)
    }
  }

  @Test("a read-only server says so", arguments: MySQLServer.available)
  func readOnly(flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.start(flavor)
    try await withFixture(on: server) { fixture in
      let poses = try await fixture.open().poses
      try await server.sql("SET GLOBAL read_only = 1")
      let error = await #expect(throws: PoseVaultError.self) { _ = try await poses.insert([newPose()]) }
      #expect(error?.code == .storageUnavailable && error?.message.contains("read-only") == true)
      #expect(try await poses.count() == 0)
    }
  }

  @Test("settings that may lose acknowledged changes are warned of", arguments: MySQLServer.available)
  func warnings(flavor: MySQLServer.Flavor) async throws {
    let sound = try await MySQLServer.start(flavor)
    try await withFixture(on: sound) { fixture in
      let warnings = try await fixture.open().warnings()
      #expect(warnings == [])
    }
    let risky = try await MySQLServer.start(
      flavor,
      options: [
        "--innodb-flush-log-at-trx-commit=2", "--log-bin=bin", "--server-id=1", "--sync-binlog=0",
        "--innodb-doublewrite=OFF",
      ])
    try await withFixture(on: risky) { fixture in
      let warnings = try await fixture.open().warnings()
      #expect(warnings.count == 3)
      for (warning, setting) in zip(
        warnings, ["innodb_flush_log_at_trx_commit", "sync_binlog", "innodb_doublewrite"])
      {
        #expect(warning.hasPrefix(setting))
      }
    }
  }
}
