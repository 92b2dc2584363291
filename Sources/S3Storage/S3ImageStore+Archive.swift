import NIOCore
public import PoseCore
import S3

extension S3ImageStore: ArchivableImages {
  public func document(_ id: ImageID) async throws -> [UInt8]? { nil }

  public func readDamaged(_ id: ImageID) async throws -> PictureRemains? {
    guard let object = try await bucket.head(key(id)) else { return nil }
    let bytes = S3Bytes(bucket: bucket, key: key(id), etag: object.etag, range: 0..<object.length)
    return PictureRemains(
      image: StoredObject.image(id, object), recordedLength: object.length, document: nil, faults: [],
      pieces: ObjectRemains(bytes: bytes))
  }

  public func notIncluded() async throws -> [String] {
    let ours = [imagePrefix, prefix + Self.ownFolder]
    return try await bucket.names(below: prefix, limit: 100).filter { !ours.contains($0) }
  }

  /// What an object's bytes are, which S3 keeps whole or not at all.
  private struct ObjectRemains: AsyncSequence, Sendable {
    let bytes: S3Bytes

    func makeAsyncIterator() -> Iterator { Iterator(pieces: bytes.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
      var pieces: S3Bytes.Iterator
      var position = 0

      mutating func next() async throws -> PictureRemains.Piece? {
        guard let piece = try await pieces.next() else { return nil }
        defer { position += piece.readableBytes }
        return PictureRemains.Piece(offset: position, bytes: piece)
      }
    }
  }

  /// Neither a picture nor another program's object.
  static let ownFolder = "posevault/"
}

extension S3ImageStore: RestorableImages {
  public func restore(_ image: StoredImage, _ bytes: ByteStream, document: [UInt8]) async throws {
    // a put that was interrupted leaves nothing that would have to be replaced
    try await put(image.id, bytes, length: image.length, uploadedAt: image.uploadedAt, metadata: image.metadata)
  }
}

/// The pair's number is an object next to the pictures.
extension S3ImageStore: PairableImages {
  public func pair() async throws -> String? {
    try await current()?.value
  }

  public func replacePair(_ old: String?, with new: String) async throws -> Bool {
    let found = try await current()
    guard found?.value == old else { return false }
    let options =
      found.map { S3PutOptions(contentType: "text/plain", onlyIfEtag: $0.etag) }
      ?? S3PutOptions(contentType: "text/plain", onlyIfAbsent: true)
    do {
      _ = try await bucket.put(pairKey, .bytes(Array(new.utf8)), options: options)
      return true
    } catch let error as PoseVaultError where error.code == .preconditionFailed {
      return false
    }
  }

  private func current() async throws -> (value: String, etag: String)? {
    try await bucket.get(pairKey, limit: 1000).map { (String(decoding: $0.bytes, as: UTF8.self), $0.object.etag) }
  }

  private var pairKey: String { prefix + Self.ownFolder + "pair" }
}

extension S3ImageStore: StrayPictures {
  /// None: a picture is stored in one request, which leaves nothing if it fails.
  public func strays(before seconds: Int64) async throws -> [String] { [] }

  public func remove(strays: [String]) async throws -> Int { 0 }
}
