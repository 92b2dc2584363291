public import NIOCore

/// A picture's bytes on their way, in pieces of any size.
public typealias ByteStream = any AsyncSequence<ByteBuffer, any Error> & Sendable

/// What is kept beside a picture's bytes. All are nil for pictures that another program stored without them.
public struct ImageMetadata: Sendable, Hashable {
  /// Such as `image/jpeg`.
  public var contentType: String?
  /// SHA-256 of the bytes, 64 hexadecimal digits in lower case.
  public var sha256: String?
  /// Pixels of the upright picture.
  public var width: Int?
  public var height: Int?
  /// As the uploader named it.
  public var fileName: String?
  /// The dataset id of the pose database that the picture was stored for.
  public var datasetID: String?

  public init(
    contentType: String? = nil, sha256: String? = nil, width: Int? = nil, height: Int? = nil,
    fileName: String? = nil, datasetID: String? = nil
  ) {
    self.contentType = contentType
    self.sha256 = sha256
    self.width = width.flatMap(Self.side)
    self.height = height.flatMap(Self.side)
    self.fileName = fileName
    self.datasetID = datasetID
  }

  /// nil for what can't be a picture's width or height in pixels, which another program may have written.
  public static func side(_ pixels: Int) -> Int? { (1...Int(Int32.max)).contains(pixels) ? pixels : nil }
}

/// A picture that is in the store.
public struct StoredImage: Sendable, Hashable {
  public var id: ImageID
  /// In bytes.
  public var length: Int
  /// In whole seconds since 1970.
  public var uploadedAt: Int64
  public var metadata: ImageMetadata

  public init(id: ImageID, length: Int, uploadedAt: Int64, metadata: ImageMetadata) {
    self.id = id
    self.length = length
    self.uploadedAt = uploadedAt
    self.metadata = metadata
  }
}

/// Keeps the original pictures.
///
/// Every call throws ``PoseVaultError`` with `storageUnavailable` when the store doesn't answer, which is never
/// confused with a picture that isn't there. Calls heed cancellation; a cancelled or failed `put` leaves nothing.
public protocol ImageStore: Sendable {
  /// Stores a picture whose whole content is `bytes`; returns when it would survive a power loss.
  ///
  /// `length` is the number of bytes that will come; when another number comes, it throws `badRequest`.
  /// The store computes the SHA-256 where `metadata` has none. An id that is taken throws `internal`.
  @discardableResult
  func put(
    _ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata
  ) async throws -> StoredImage

  /// The picture without its bytes; nil when it isn't there.
  func find(_ id: ImageID) async throws -> StoredImage?

  /// The bytes of `range` (all of them when nil), read as they are asked for; nil when the picture isn't there.
  /// The range must lie inside the picture.
  func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream?

  /// Whether the picture was there.
  @discardableResult
  func delete(_ id: ImageID) async throws -> Bool

  /// At most `limit` pictures whose id is greater than `after`, by ascending id.
  func list(after: ImageID?, limit: Int) async throws -> [StoredImage]

  /// Throws unless the store answers.
  func ping() async throws
}
