import Foundation
import PoseCore
import Testing

@testable import EmbeddedStorage

@Suite("Throwaway databases")
struct ScratchTests {
  @Test("a scratch database is empty, works, and is gone afterwards, also after an error")
  func scratch() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    let row = PoseRecord(id: 7, imageID: "a", keypoints: Array("[]".utf8), createdAt: nil, updatedAt: 3)
    let found = try await EmbeddedScratch().withPoses(in: folder) { poses in
      #expect(try await poses.count() == 0)
      #expect(FileManager.default.fileExists(atPath: folder))
      try await poses.restore([row])
      return try await poses.withSnapshot { try await $0.rows(after: nil, limit: 10) }
    }
    #expect(found == [row])
    #expect(!FileManager.default.fileExists(atPath: folder))
    await #expect(throws: PoseVaultError.self) {
      try await EmbeddedScratch().withPoses(in: folder) { _ in throw PoseVaultError(.internal, "no") }
    }
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test("a scratch database takes no folder that is there, and leaves it as it is")
  func scratchFolder() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data().write(to: URL(filePath: folder + "/mine"))
    await #expect(throws: PoseVaultError.self) { try await EmbeddedScratch().withPoses(in: folder) { _ in } }
    #expect(FileManager.default.fileExists(atPath: folder + "/mine"))
  }
}
