import Crypto
import Glibc
import NIOCore
import PoseCore

/// The chunks of a picture on its way in. All calls block.
///
/// The chunks' own ids share a beginning that no other put has, and end in the chunk's number. So a put can take back
/// exactly what it wrote, whoever else has chunks under the picture's id.
// Guarded by: its one user, a put, makes one call after another.
final class IncomingChunks: @unchecked Sendable {
  /// How many bytes go to MongoDB at once, in whole chunks.
  static let batchLength = 8 * StoredFile.ownChunkSize

  private let id: ImageID
  private let beginning: String
  private var digest = SHA256()
  private var next = 0

  init(_ id: ImageID) {
    self.id = id
    let (now, random) = (ImageID.generate(at: Int64(time(nil))), String(UInt64.random(in: 0..<1 << 40), radix: 16))
    beginning = now.description.prefix(8) + String(repeating: "0", count: 10 - random.count) + random
  }

  /// Adds `bytes`, which but for the picture's last fill whole chunks.
  func append(_ bytes: ByteBuffer, to bucket: borrowing Bucket) throws {
    var (rest, documents) = (bytes, [BSONFields]())
    bytes.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
    while let chunk = rest.readSlice(length: min(StoredFile.ownChunkSize, rest.readableBytes)), chunk.readableBytes > 0
    {
      documents.append([
        "_id": .id(chunkID(next)), "files_id": .id("\(id)"), "n": .int32(Int32(clamping: next)), "data": .binary(chunk),
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

  /// Adds the picture's last bytes and then the document that makes it a picture, and with which everything before is
  /// on disk as well.
  func finish(
    _ bytes: ByteBuffer, length: Int, uploadedAt: Int64, _ metadata: ImageMetadata, in bucket: borrowing Bucket
  ) throws -> StoredImage {
    try append(bytes, to: bucket)
    var metadata = metadata
    metadata.sha256 =
      metadata.sha256
      ?? digest.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    let image = StoredImage(id: id, length: length, uploadedAt: uploadedAt, metadata: metadata)
    do {
      try bucket.files.insert([StoredFile.document(of: image)], journaled: true)
    } catch let failure as MongoFailure where failure.kind == .duplicate {
      throw taken()
    } catch let failure as MongoFailure where failure.isUncertain {
      // the document may be there, or may still come: without its chunks it would be a damaged picture
      isKept = true
      throw failure
    }
    return image
  }

  /// Whether what was written must stay, because it may have become a picture.
  private(set) var isKept = false

  /// Removes what was written.
  func discard(from bucket: borrowing Bucket) throws {
    guard next > 0, !isKept else { return }
    try bucket.chunks.deleteAll([
      "_id": ["$gte": .id(chunkID(0)), "$lte": .id(chunkID(next - 1))], "files_id": .id("\(id)"),
    ])
  }

  private func chunkID(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return beginning + String(repeating: "0", count: 6 - digits.count) + digits
  }

  private func taken() -> PoseVaultError {
    PoseVaultError(
      .internal, "There is a picture \(id) already, or what an interrupted upload left of one, which doctor removes.")
  }
}
