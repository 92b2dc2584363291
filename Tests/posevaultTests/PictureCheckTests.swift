import EmbeddedStorage
import Foundation
import NIOCore
import PoseCore
import Synchronization
import Testing

@testable import posevault

@Suite("doctor: do poses and pictures name each other?")
struct PictureCheckTests {
  private static let day = Int64(86_400)
  private static let now = Int64(1_800_000_000)

  /// A fresh embedded storage, removed after `body`.
  private func withStorage(_ body: (_ folder: String, EmbeddedStorage) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "posevault-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let storage = try await EmbeddedStorage.open(folder.path, role: .command)
    try await body(folder.path, storage)
    try await storage.close()
  }

  /// Stores a picture of one byte that arrived `age` ago.
  private func put(_ storage: EmbeddedStorage, age: Int64, dataset: String?) async throws -> ImageID {
    let id = ImageID.generate(at: Self.now - age)
    let bytes = AsyncThrowingStream<ByteBuffer, any Error> { stream in
      stream.yield(ByteBuffer(bytes: [0]))
      stream.finish()
    }
    try await storage.images.put(
      id, bytes, length: 1, uploadedAt: Self.now - age,
      metadata: ImageMetadata(contentType: "image/jpeg", datasetID: dataset))
    return id
  }

  private func insert(_ storage: EmbeddedStorage, _ image: ImageID) async throws -> Int {
    let rows = try await storage.poses.insert([
      NewPose(imageID: image, keypoints: Array("[]".utf8), createdAt: Self.now)
    ])
    return try #require(rows.first).id
  }

  @Test("many rows and pictures are asked for page by page")
  func pages() async throws {
    try await withStorage { _, storage in
      for _ in 0..<3 { _ = try await put(storage, age: 0, dataset: nil) }
      let images = AskedImages(of: storage.images)
      let check = PictureCheck(poses: storage.poses, images: images, runs: storage.runs) { Self.now }
      #expect(try await check.damagedPictures().count == 3)
      _ = try await check.orphans(before: Self.now)
      #expect(images.limits.withLock { $0 } == [500])
    }
  }

  @Test("only pictures of this database that no pose names and that are old enough are orphans")
  func orphans() async throws {
    try await withStorage { _, storage in
      let ours = try await storage.poses.datasetID()
      let orphan = try await put(storage, age: 2 * Self.day, dataset: ours)
      // too young, foreign, of nobody
      _ = try await put(storage, age: Self.day / 2, dataset: ours)
      _ = try await put(storage, age: 2 * Self.day, dataset: "another")
      _ = try await put(storage, age: 2 * Self.day, dataset: nil)
      let named = try await put(storage, age: 2 * Self.day, dataset: ours)
      _ = try await insert(storage, named)

      let check = PictureCheck(
        poses: storage.poses, images: storage.images, runs: storage.runs, clock: { Self.now })
      let found = try await check.orphans(before: Self.now - Self.day)
      #expect(found.map(\.id) == [orphan])

      // a pose that came to name it in the meantime keeps it
      _ = try await insert(storage, orphan)
      #expect(try await check.withoutPose(found) == [])
    }
  }

  @Test("a pose without its picture is found, also where only the file has gone")
  func lost() async throws {
    try await withStorage { folder, storage in
      let ours = try await storage.poses.datasetID()
      let whole = try await put(storage, age: 0, dataset: ours)
      _ = try await insert(storage, whole)
      let without = try await insert(storage, ImageID.generate(at: Self.now))
      let damaged = try await put(storage, age: 0, dataset: ours)
      let withoutFile = try await insert(storage, damaged)
      let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
      let file = try #require(files.first { $0.contains(damaged.description) })
      try FileManager.default.removeItem(atPath: "\(folder)/\(file)")

      let lost = try await PictureCheck(
        poses: storage.poses, images: storage.images, runs: storage.runs, clock: { Self.now }
      ).lostPictures()
      #expect(lost.map(\.id) == [withoutFile, without])
    }
  }
}

/// A store, and how many pictures were asked for at once.
private final class AskedImages: ImageStore {
  let limits = Mutex<Set<Int>>([])
  private let images: any ImageStore

  init(of images: any ImageStore) { self.images = images }

  func put(
    _ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata
  ) async throws -> StoredImage {
    try await images.put(id, bytes, length: length, uploadedAt: uploadedAt, metadata: metadata)
  }

  func find(_ id: ImageID) async throws -> StoredImage? { try await images.find(id) }

  func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream? { try await images.read(id, range: range) }

  func delete(_ id: ImageID) async throws -> Bool { try await images.delete(id) }

  func list(after: ImageID?, limit: Int) async throws -> [StoredImage] {
    limits.withLock { _ = $0.insert(limit) }
    return try await images.list(after: after, limit: limit)
  }

  func find(sha256: String, limit: Int) async throws -> [StoredImage]? {
    try await images.find(sha256: sha256, limit: limit)
  }

  func ping() async throws { try await images.ping() }
}
