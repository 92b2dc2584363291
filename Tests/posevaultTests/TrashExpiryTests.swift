import Backup
import EmbeddedStorage
import Foundation
import NIOCore
import PoseCore
import Testing

@testable import posevault

@Suite("The trash lets go")
struct TrashExpiryTests {
  private static let day = Int64(86_400)
  private static let now = Int64(1_800_000_000)

  @Test("of what has lain there for long enough, and of its picture unless another pose shows that, on a pair alone")
  func expiry() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "posevault-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let storage = try await EmbeddedStorage.open(folder.path, role: .command)
    func add(_ images: [ImageID]) async throws -> [PoseRecord] {
      for image in Set(images) {
        let bytes = AsyncThrowingStream<ByteBuffer, any Error> { stream in
          stream.yield(ByteBuffer(bytes: [0]))
          stream.finish()
        }
        try await storage.images.put(image, bytes, length: 1, uploadedAt: Self.now, metadata: ImageMetadata())
      }
      return try await storage.poses.insert(
        images.map { NewPose(imageID: $0, keypoints: Array("[]".utf8), createdAt: Self.now) })
    }
    func delete(_ pose: PoseRecord, daysAgo days: Int64) async throws {
      _ = try await storage.trash.discard(pose: pose.id, length: 1, at: Self.now - days * Self.day, if: { _ in })
    }
    let alone = ImageID.generate(at: Self.now)
    let shared = ImageID.generate(at: Self.now)
    let young = ImageID.generate(at: Self.now)
    let left = ImageID.generate(at: Self.now)
    let found = ImageID.generate(at: Self.now)
    let rows = try await add([alone, shared, shared, young])
    // without a pose: of one that was removed for good while the store was away, and one that the sweep found
    for row in try await add([left, found]) { _ = try await storage.poses.delete(row.id) { _ in } }
    for (image, reason) in [(left, TrashReason.deleted), (found, .unreferenced)] {
      let picture = try #require(try await storage.images.find(image))
      try await storage.trash.discard([picture], for: reason, at: Self.now)
    }
    try await delete(rows[0], daysAgo: 31)
    try await delete(rows[1], daysAgo: 31)
    try await delete(rows[3], daysAgo: 29)
    let pair = StorePair(runs: storage.runs, images: storage.images, place: "here")
    _ = try await pair.exchange()
    let expiry = TrashExpiry(
      trash: storage.trash, images: storage.images, pair: pair, runs: storage.runs, rest: 30 * Self.day,
      clock: { Self.now })
    // beside production's database, a copy of it
    let standing = try await storage.images.pair()
    #expect(try await storage.images.replacePair(standing, with: "another\nproduction"))
    #expect(try await expiry.run() == 0)
    let guarded = PairedImages(images: storage.images, pair: pair)
    await #expect(throws: PoseVaultError.self) { try await guarded.delete(alone) }
    #expect(try await storage.images.find(alone) != nil)
    #expect(try await storage.trash.deletedPoses(before: nil, limit: 9, of: nil).count == 3)
    try await pair.pairAnew()
    #expect(try await expiry.run() == 2)
    #expect(try await storage.images.find(alone) == nil)
    #expect(try await storage.images.find(shared) != nil)
    #expect(try await storage.images.find(young) != nil)
    #expect(try await storage.images.find(left) == nil)
    #expect(try await storage.images.find(found) != nil, "an archive must hold it first")
    #expect(try await storage.trash.items(after: nil, limit: 9).map(\.picture) == [found])
    #expect(try await storage.trash.deletedPoses(before: nil, limit: 9, of: nil).map(\.pose.id) == [rows[3].id])
    #expect(try await expiry.run() == 0)
    let entries = try await storage.audit.entries(of: AuditFilter(), before: nil, limit: 9).map(\.entry).reversed()
    #expect(entries.map(\.action) == ["trash expiry", "trash expiry"])
    #expect(entries.map(\.by) == ["program", "program"])
    // by descending id in the trash
    #expect(
      entries.map(\.subjects) == [
        ["pose \(rows[1].id)", "image \(shared)"], ["pose \(rows[0].id)", "image \(alone)"],
      ])
    try await storage.close()
  }
}
