import PoseCore

/// The picture store as clients see it: without what is in the trash.
struct VisibleImages: ImageStore, PoolUser {
  let images: any ImageStore
  let trash: any TrashStore

  var pools: [PoolLoad] { (images as? any PoolUser)?.pools ?? [] }

  @discardableResult
  func put(
    _ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata
  ) async throws -> StoredImage {
    try await images.put(id, bytes, length: length, uploadedAt: uploadedAt, metadata: metadata)
  }

  func find(_ id: ImageID) async throws -> StoredImage? {
    guard let image = try await images.find(id), try await trash.trashed(among: [id]).isEmpty else { return nil }
    return image
  }

  func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream? {
    // who reads has found it
    try await images.read(id, range: range)
  }

  @discardableResult
  func delete(_ id: ImageID) async throws -> Bool { try await images.delete(id) }

  func list(after: ImageID?, limit: Int) async throws -> [StoredImage] {
    try await images.list(after: after, limit: limit)
  }

  func ping() async throws { try await images.ping() }
}
