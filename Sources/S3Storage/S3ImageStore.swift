import Foundation
import NIOCore
public import PoseCore
import S3

/// Pictures as objects in a bucket: `images/` and the picture's id after the prefix, with the picture's details as the
/// object's metadata.
///
/// A picture is stored in one request, which is atomic, and never replaces another one.
public struct S3ImageStore: ImageStore {
  let bucket: S3Bucket
  /// Tries once, with short limits.
  let pings: S3Bucket
  /// For temporary files.
  let files: BlockingPool
  /// Empty, or ending with a slash.
  let prefix: String
  let spoolFolder: String

  @discardableResult
  public func put(
    _ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata
  ) async throws -> StoredImage {
    let spool = try await receive(bytes, length: length)
    var metadata = metadata
    metadata.sha256 = metadata.sha256 ?? spool.sha256()
    let image = StoredImage(id: id, length: length, uploadedAt: uploadedAt, metadata: metadata)
    let object = try StoredObject(image)
    try Task.checkCancellation()
    // What S3 has got of a request can't be taken back by going away, so it is seen through.
    return try await Task { () async throws -> StoredImage in
      // its file is open for as long as it lives
      defer { withExtendedLifetime(spool) {} }
      do {
        _ = try await bucket.put(key(id), spool.content, options: object.options)
        return image
      } catch let error as PoseVaultError where error.code == .preconditionFailed {
        throw PoseVaultError(.internal, "A picture \(id) already exists.", nothingWasWritten: true)
      } catch let error as PoseVaultError where !error.nothingWasWritten {
        try await takeBack(id, object, after: error)
      }
    }.value
  }

  /// Removes what a put may have stored whose response was lost.
  private func takeBack(_ id: ImageID, _ object: StoredObject, after error: PoseVaultError) async throws -> Never {
    if let found = try? await bucket.head(key(id)), object.isSame(as: found) {
      try? await bucket.delete(key(id), versionID: found.versionID)
    }
    throw error
  }

  private func receive(_ bytes: ByteStream, length: Int) async throws -> S3Spool {
    let spool = S3Spool(in: spoolFolder)
    var received = 0
    for try await piece in bytes {
      try Task.checkCancellation()
      received += piece.readableBytes
      guard received <= length else { break }
      if spool.fits(piece.readableBytes) {
        try spool.append(piece)
      } else {
        try await files.run { try spool.append(piece) }
      }
    }
    // many streams end instead of throwing when their reader is cancelled
    try Task.checkCancellation()
    guard received == length else {
      throw PoseVaultError(
        .badRequest, "The picture's length is wrong: \(length) bytes were announced, but \(received) arrived.")
    }
    return spool
  }

  public func find(_ id: ImageID) async throws -> StoredImage? {
    try await bucket.head(key(id)).map { StoredObject.image(id, $0) }
  }

  public func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream? {
    guard let object = try await bucket.head(key(id)) else { return nil }
    return S3Bytes(bucket: bucket, key: key(id), etag: object.etag, range: range ?? 0..<object.length)
  }

  @discardableResult
  public func delete(_ id: ImageID) async throws -> Bool {
    guard try await bucket.head(key(id)) != nil else { return false }
    try await bucket.delete(key(id))
    return true
  }

  public func list(after: ImageID?, limit: Int) async throws -> [StoredImage] {
    var images: [StoredImage] = []
    var last = after.map { key($0) }
    while images.count < limit {
      let wanted = limit - images.count
      let entries = try await bucket.list(prefix: imagePrefix, after: last, limit: wanted)
      images += try await known(entries.compactMap { id(of: $0.key) })
      last = entries.last?.key
      // a key that is no picture's must not look like the end of the list
      guard entries.count == wanted else { break }
    }
    return images
  }

  /// Lists contain only objects; the details of each are requested separately. One that has disappeared in the meantime
  /// is left out.
  private func known(_ ids: [ImageID]) async throws -> [StoredImage] {
    try await withThrowingTaskGroup(of: StoredImage?.self) { group in
      var images: [StoredImage] = []
      for (index, id) in ids.enumerated() {
        if index >= Self.lanes, let image = try await group.next() ?? nil { images.append(image) }
        group.addTask { try await find(id) }
      }
      for try await image in group {
        if let image { images.append(image) }
      }
      return images.sorted { $0.id < $1.id }
    }
  }

  private static let lanes = 8

  // the bucket has no index: every object would have to be asked
  public func find(sha256: String, limit: Int) async throws -> [StoredImage]? { nil }

  public func ping() async throws {
    try await pings.ping()
  }

  var imagePrefix: String { prefix + "images/" }

  func key(_ id: ImageID) -> String { imagePrefix + "\(id)" }

  /// nil if it is not one of our pictures.
  private func id(of key: String) -> ImageID? {
    ImageID(key.dropFirst(imagePrefix.count)).flatMap { self.key($0) == key ? $0 : nil }
  }
}

/// The bytes of a range, each piece requested when it is needed: no connection waits for a slow reader.
struct S3Bytes: AsyncSequence, Sendable {
  let bucket: S3Bucket
  let key: String
  /// All pieces must be from this object.
  let etag: String
  let range: Range<Int>

  /// In bytes.
  static let pieceLength = 1024 * 1024

  func makeAsyncIterator() -> Iterator { Iterator(bytes: self, rest: range) }

  struct Iterator: AsyncIteratorProtocol {
    let bytes: S3Bytes
    var rest: Range<Int>

    mutating func next() async throws -> ByteBuffer? {
      try Task.checkCancellation()
      guard !rest.isEmpty else { return nil }
      let range = rest.lowerBound..<Swift.min(rest.lowerBound + S3Bytes.pieceLength, rest.upperBound)
      guard
        let piece = try await bytes.bucket.get(bytes.key, range: range, etag: bytes.etag, limit: range.count)?.bytes
      else { throw PoseVaultError(.storageUnavailable, "The picture was removed while it was read.") }
      rest = range.upperBound..<rest.upperBound
      return ByteBuffer(bytes: piece)
    }
  }
}
