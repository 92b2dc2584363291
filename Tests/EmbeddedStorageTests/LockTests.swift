import Foundation
import PoseCore
import Testing

@testable import EmbeddedStorage

@Suite("The data folder's locks")
struct LockTests {
  @Test("a second server is refused with one line that names the first one's process")
  func secondServer() async throws {
    try await withFixture { fixture in
      _ = try await fixture.open()
      let error = try #require(await refusal(fixture.folder, .server))
      #expect(error.code == .storageUnavailable)
      #expect(error.message.contains("process \(getpid())") && error.message.contains(fixture.folder))
      #expect(!error.message.contains("\n"))
    }
  }

  @Test("commands work beside a server, and a server beside commands")
  func commands() async throws {
    try await withFixture { fixture in
      let server = try await fixture.open()
      let command = try await EmbeddedStorage.open(fixture.folder, role: .command)
      let other = try await EmbeddedStorage.open(fixture.folder, role: .command)
      let id = try await command.poses.insert([newPose()])[0].id
      #expect(try await server.poses.find(id) != nil)
      #expect(try await other.poses.count() == 1)
      try await command.close()
      try await server.close()
      let next = try await EmbeddedStorage.open(fixture.folder, role: .server)
      #expect(try await next.poses.find(id) != nil)
      try await next.close()
      try await other.close()
    }
  }

  @Test("while a restore has the folder alone, nobody else gets in")
  func restore() async throws {
    try await withFixture { fixture in
      try await fixture.open().close()
      var restore = try ProcessLock.take(fixture.folder + "/data.lock", .alone)
      #expect(restore != nil)
      for role in [EmbeddedStorage.Role.server, .command] {
        let error = try #require(await refusal(fixture.folder, role))
        #expect(error.code == .storageUnavailable && error.message.contains("restore (process \(getpid()))"))
      }
      restore = nil
      let storage = try await fixture.open()
      #expect(try ProcessLock.take(fixture.folder + "/data.lock", .alone) == nil)
      try await storage.close()
    }
  }

  @Test("a closed storage says so")
  func closed() async throws {
    try await withFixture { fixture in
      let storage = try await fixture.open()
      try await storage.close()
      for call in [
        { _ = try await storage.poses.find(1) }, { _ = try await storage.poses.insert([newPose()]) },
        { _ = try await storage.images.find(.generate(at: 1)) },
      ] as [() async throws -> Void] {
        let error = await #expect(throws: PoseVaultError.self) { try await call() }
        #expect(error?.code == .shuttingDown)
      }
    }
  }

  private func refusal(_ folder: String, _ role: EmbeddedStorage.Role) async throws -> PoseVaultError? {
    do {
      try await EmbeddedStorage.open(folder, role: role).close()
      return nil
    } catch let error as PoseVaultError {
      return error
    }
  }
}

func newPose() -> NewPose {
  NewPose(imageID: .generate(at: 1), keypoints: Array("[]".utf8), createdAt: 1)
}
