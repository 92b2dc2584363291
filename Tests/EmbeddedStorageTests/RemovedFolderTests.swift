import Foundation
import PoseCore
import Testing

@testable import EmbeddedStorage

@Suite("A data folder that goes while it is used")
struct RemovedFolderTests {
  private static let keypoints = Array("[]".utf8)

  /// What happens to the folder at the path; another one lies at the second path.
  private static let accidents: [(String, @Sendable (String) throws -> Void)] = [
    ("removed", { try FileManager.default.removeItem(atPath: $0) }),
    ("moved", { try FileManager.default.moveItem(atPath: $0, toPath: $0 + "-moved") }),
    (
      "replaced by a copy",
      {
        try FileManager.default.moveItem(atPath: $0, toPath: $0 + "-moved")
        try FileManager.default.copyItem(atPath: $0 + "-moved", toPath: $0)
      }
    ),
    (
      "robbed of its database",
      { try FileManager.default.removeItem(atPath: $0 + "/posevault.sqlite") }
    ),
    (
      "robbed of its log",
      { try FileManager.default.moveItem(atPath: $0 + "/posevault.sqlite-wal", toPath: $0 + "/elsewhere") }
    ),
    (
      "given a copy of its log",
      {
        let log = $0 + "/posevault.sqlite-wal"
        try FileManager.default.moveItem(atPath: log, toPath: log + "-moved")
        try FileManager.default.copyItem(atPath: log + "-moved", toPath: log)
      }
    ),
    (
      "robbed of its log's index",
      { try FileManager.default.removeItem(atPath: $0 + "/posevault.sqlite-shm") }
    ),
  ]

  @Test("no write is acknowledged, and the ping fails", arguments: accidents.indices)
  func noWrite(index: Int) async throws {
    let (name, happens) = Self.accidents[index]
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    defer {
      for path in [folder, folder + "-moved"] { try? FileManager.default.removeItem(atPath: path) }
    }
    let storage = try await EmbeddedStorage.open(folder, role: .server)
    let rows = try await storage.poses.insert([
      NewPose(imageID: .generate(at: 1), keypoints: Self.keypoints, createdAt: 1)
    ])
    let id = try #require(rows.first?.id)
    try await storage.poses.ping()
    try happens(folder)

    func expectRefusal(_ what: String, _ body: () async throws -> Void) async {
      do {
        try await body()
        Issue.record("\(what) is acknowledged after the folder was \(name)")
      } catch let error as PoseVaultError {
        #expect(error.code == .storageUnavailable, "\(what): \(error)")
      } catch {
        Issue.record("\(what): \(error)")
      }
    }
    await expectRefusal("an update") {
      _ = try await storage.poses.update(id, keypoints: Self.keypoints, at: 2, with: [], if: { _ in })
    }
    await expectRefusal("an insertion") {
      _ = try await storage.poses.insert([
        NewPose(imageID: .generate(at: 2), keypoints: Self.keypoints, createdAt: 2)
      ])
    }
    await expectRefusal("a deletion") { _ = try await storage.poses.delete(id, if: { _ in }) }
    await expectRefusal("a ping") { try await storage.poses.ping() }
    try? await storage.close()
  }
}
