import Backup
import PoseCore

/// The picture store where nothing is removed unless it and the pose database are a pair: what an old copy of the
/// database, or one that was copied for a test, doesn't show any more may be another one's picture.
struct PairedImages: ImageStore, PoolUser {
  let images: any ImageStore
  let pair: StorePair

  var pools: [PoolLoad] { (images as? any PoolUser)?.pools ?? [] }

  @discardableResult
  func put(
    _ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata
  ) async throws -> StoredImage {
    try await images.put(id, bytes, length: length, uploadedAt: uploadedAt, metadata: metadata)
  }

  func find(_ id: ImageID) async throws -> StoredImage? { try await images.find(id) }

  func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream? {
    try await images.read(id, range: range)
  }

  /// Throws `storageUnavailable` also where they are no pair.
  @discardableResult
  func delete(_ id: ImageID) async throws -> Bool {
    if case .torn(let problem) = try await pair.look() { throw PoseVaultError(.storageUnavailable, problem) }
    return try await images.delete(id)
  }

  func list(after: ImageID?, limit: Int) async throws -> [StoredImage] {
    try await images.list(after: after, limit: limit)
  }

  func find(sha256: String, limit: Int) async throws -> [StoredImage]? {
    try await images.find(sha256: sha256, limit: limit)
  }

  func ping() async throws { try await images.ping() }
}
