import NIOCore
import PoseCore
import StorageContract

/// A picture store that is broken in one way, or does something when a picture is first read.
struct BrokenImages: ArchivableImages {
  enum Fault: Sendable {
    case endsEarly(ImageID)
    case flipsByte(ImageID)
    /// It is in no list.
    case hides(ImageID)
    /// It is there, but has no bytes.
    case withholds(ImageID)
    /// It is nowhere.
    case loses(ImageID)
    case fails(ImageID)
    /// Before that picture is read.
    case runs(ImageID, @Sendable () async throws -> Void)
  }

  let sound: any ArchivableImages
  let fault: Fault

  func put(_ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata) async throws
    -> StoredImage
  { try await sound.put(id, bytes, length: length, uploadedAt: uploadedAt, metadata: metadata) }

  func find(_ id: ImageID) async throws -> StoredImage? {
    if case .loses(id) = fault { return nil }
    return try await sound.find(id)
  }

  func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream? {
    switch fault {
    case .loses(id), .withholds(id): return nil
    case .fails(id): throw PoseVaultError(.storageUnavailable, "The disk reports an error.")
    case .runs(id, let action): try await action()
    default: break
    }
    guard let stream = try await sound.read(id, range: range) else { return nil }
    var bytes: [UInt8] = []
    for try await piece in stream { bytes += piece.readableBytesView }
    switch fault {
    case .endsEarly(id): bytes.removeLast()
    case .flipsByte(id): bytes[bytes.count / 2] ^= 1
    default: break
    }
    return Pieces(bytes: bytes)
  }

  func list(after: ImageID?, limit: Int) async throws -> [StoredImage] {
    try await sound.list(after: after, limit: limit).filter { image in
      switch fault {
      case .hides(let id), .loses(let id): image.id != id
      default: true
      }
    }
  }

  func delete(_ id: ImageID) async throws -> Bool { try await sound.delete(id) }
  func find(sha256: String, limit: Int) async throws -> [StoredImage]? {
    try await sound.find(sha256: sha256, limit: limit)
  }

  func ping() async throws { try await sound.ping() }
  func document(_ id: ImageID) async throws -> [UInt8]? { try await sound.document(id) }
  func readDamaged(_ id: ImageID) async throws -> PictureRemains? {
    var remains = try await sound.readDamaged(id)
    switch fault {
    case .loses(id): return nil
    case .fails(id): throw PoseVaultError(.storageUnavailable, "The disk reports an error.")
    case .withholds(id): remains?.pieces = AsyncThrowingStream<PictureRemains.Piece, any Error> { $0.finish() }
    case .endsEarly(id):
      guard let stream = try await read(id, range: nil) else { return nil }
      var bytes = ByteBuffer()
      for try await var piece in stream { bytes.writeBuffer(&piece) }
      let left = bytes
      remains?.pieces = AsyncThrowingStream<PictureRemains.Piece, any Error> { stream in
        stream.yield(PictureRemains.Piece(offset: 0, bytes: left))
        stream.finish()
      }
    default: break
    }
    return remains
  }
  func notIncluded() async throws -> [String] { try await sound.notIncluded() }
}
