import PoseCore
import Synchronization

/// A picture store that remembers which pictures were read, and may tell no SHA-256, as one that others have filled.
final class CountingImages: ArchivableImages {
  private let sound: any ArchivableImages
  private let ids = Mutex<[ImageID]>([])

  private let tellsDigests: Bool

  init(sound: any ArchivableImages, tellsDigests: Bool = true) {
    self.sound = sound
    self.tellsDigests = tellsDigests
  }

  private func told(_ image: StoredImage) -> StoredImage {
    var image = image
    if !tellsDigests { image.metadata.sha256 = nil }
    return image
  }

  /// In the order in which they were read.
  var read: [ImageID] { ids.withLock { $0 } }

  func put(_ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata) async throws
    -> StoredImage
  { try await sound.put(id, bytes, length: length, uploadedAt: uploadedAt, metadata: metadata) }

  func find(_ id: ImageID) async throws -> StoredImage? { try await sound.find(id).map(told) }

  func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream? {
    ids.withLock { $0.append(id) }
    return try await sound.read(id, range: range)
  }

  func delete(_ id: ImageID) async throws -> Bool { try await sound.delete(id) }

  func list(after: ImageID?, limit: Int) async throws -> [StoredImage] {
    try await sound.list(after: after, limit: limit).map(told)
  }

  func find(sha256: String, limit: Int) async throws -> [StoredImage]? {
    try await sound.find(sha256: sha256, limit: limit)
  }

  func ping() async throws { try await sound.ping() }

  func document(_ id: ImageID) async throws -> [UInt8]? { try await sound.document(id) }

  func readDamaged(_ id: ImageID) async throws -> PictureRemains? { try await sound.readDamaged(id) }

  func notIncluded() async throws -> [String] { try await sound.notIncluded() }
}
