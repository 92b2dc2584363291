import PoseCore

/// The picture store as clients see it: what lies in the trash is not there, nor what was erased while the store was away.
struct VisibleImages: ImageStore, PoolUser {
  let images: any ImageStore
  let trash: any TrashStore
  let erasures: any ErasureLedger

  var pools: [PoolLoad] { (images as? any PoolUser)?.pools ?? [] }

  @discardableResult
  func put(
    _ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata
  ) async throws -> StoredImage {
    try await images.put(id, bytes, length: length, uploadedAt: uploadedAt, metadata: metadata)
  }

  func find(_ id: ImageID) async throws -> StoredImage? {
    guard let image = try await images.find(id), try await trash.trashed(among: [id]).isEmpty,
      try await !erasures.isPending(id)
    else { return nil }
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

  func find(sha256: String, limit: Int) async throws -> [StoredImage]? {
    guard let found = try await images.find(sha256: sha256, limit: limit) else { return nil }
    var visible: [StoredImage] = []
    for image in try await found.without({ try await trash.trashed(among: $0) })
    where try await !erasures.isPending(image.id) {
      visible.append(image)
    }
    return visible
  }

  func ping() async throws { try await images.ping() }
}
