import Crypto
import NIOCore
import PoseCore

/// The chunks of an incoming picture. All calls block.
///
/// By the chunks' own ids, a put can remove exactly what it wrote, whoever else has chunks under the picture's id.
// Guarded by: its one user, a put, makes one call after another.
final class IncomingChunks: @unchecked Sendable {
  /// How many bytes are sent to MongoDB at once, in whole chunks.
  let batchLength: Int

  private let id: ImageID
  private let chunkSize: Int
  private let chunkIDs: ChunkIDs
  private var digest = SHA256()
  private var next = 0

  init(_ id: ImageID, chunkSize: Int = StoredFile.ownChunkSize) {
    self.id = id
    self.chunkSize = chunkSize
    batchLength = chunkSize * max(1, min(Self.usualBatchLength / chunkSize, 1000))
    chunkIDs = ChunkIDs(of: id)
  }

  /// Adds `bytes`, which must fill whole chunks, except for the picture's last.
  func append(_ bytes: ByteBuffer, to bucket: borrowing Bucket) throws {
    var rest = bytes
    var documents = [BSONFields]()
    bytes.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
    while let chunk = rest.readSlice(length: min(chunkSize, rest.readableBytes)), chunk.readableBytes > 0 {
      documents.append([
        "_id": .id(chunkIDs[next]), "files_id": .id("\(id)"), "n": .int32(Int32(clamping: next)),
        "data": .binary(chunk),
      ])
      next += 1
    }
    guard !documents.isEmpty else { return }
    do {
      try bucket.chunks.insert(documents, journaled: false)
    } catch let failure as MongoFailure where failure.kind == .duplicate {
      throw taken()
    }
  }

  /// Adds the picture's last bytes and then the document that makes it a picture; once that is on disk, so is
  /// everything before it.
  func finish(
    _ bytes: ByteBuffer, length: Int, uploadedAt: Int64, _ metadata: ImageMetadata, in bucket: borrowing Bucket
  ) throws -> StoredImage {
    try append(bytes, to: bucket)
    var metadata = metadata
    metadata.sha256 = metadata.sha256 ?? Hexadecimal.text(digest.finalize())
    let image = StoredImage(id: id, length: length, uploadedAt: uploadedAt, metadata: metadata)
    try addDocument { try bucket.files.insert([StoredFile.document(of: image)], journaled: true) }
    return image
  }

  /// The same, with another store's document.
  func finish(_ bytes: ByteBuffer, document: [UInt8], in bucket: borrowing Bucket) throws {
    try append(bytes, to: bucket)
    try addDocument { try bucket.files.insert(json: document) }
  }

  private func addDocument(_ insert: () throws -> Void) throws {
    do {
      try insert()
    } catch let failure as MongoFailure where failure.kind == .duplicate {
      throw taken()
    } catch let failure as MongoFailure where failure.isUncertain {
      // the document may be there, or may still come: without its chunks it would be a damaged picture
      isKept = true
      throw failure
    }
  }

  /// Whether what was written must be kept, because it may have become a picture.
  private(set) var isKept = false

  /// Removes what was written.
  func discard(from bucket: borrowing Bucket) throws {
    guard next > 0, !isKept else { return }
    try bucket.chunks.deleteAll([
      "_id": ["$gte": .id(chunkIDs[0]), "$lte": .id(chunkIDs[next - 1])], "files_id": .id("\(id)"),
    ])
  }

  private static let usualBatchLength = 8 * StoredFile.ownChunkSize

  private func taken() -> PoseVaultError {
    PoseVaultError(
      .internal, "A picture \(id) already exists, or an interrupted upload left part of one, which doctor removes.")
  }
}
