public import NIOCore

/// A picture's bytes on their way, in pieces of any size.
public typealias ByteStream = any AsyncSequence<ByteBuffer, any Error> & Sendable

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

  /// Some of the pictures whose bytes have this SHA-256, at most `limit`; nil where the store would have to go through
  /// all that it holds. Pictures that another program stored without their SHA-256 are left out.
  ///
  /// - Parameter sha256: 64 hexadecimal digits in lower case.
  func find(sha256: String, limit: Int) async throws -> [StoredImage]?

  /// Throws unless the store answers.
  func ping() async throws
}

extension ImageStore {
  public func find(sha256: String, limit: Int) async throws -> [StoredImage]? { nil }
}

/// A picture store that a backup can read; errors are those of ``ImageStore``.
public protocol ArchivableImages: ImageStore {
  /// The picture's document in GridFS's `files` collection as canonical Extended JSON v2, on one line.
  ///
  /// nil where the store keeps no documents, and when the picture isn't there.
  func document(_ id: ImageID) async throws -> [UInt8]?

  /// What is left of a picture that ``ImageStore/read(_:range:)`` or ``document(_:)`` can't give as it was stored; nil
  /// where nothing of it is there.
  ///
  /// Damage is no error here: `storageUnavailable` means that the store doesn't answer.
  func readDamaged(_ id: ImageID) async throws -> PictureRemains?

  /// Collections beside ours, by name: what a backup leaves out.
  func notIncluded() async throws -> [String]
}

/// What can still be read of a picture.
public struct PictureRemains: Sendable {
  /// What is known of it. The length is the one that the store recorded; nil where that is none.
  public var image: StoredImage
  public var recordedLength: Int?
  /// Its document, as of ``ArchivableImages/document(_:)``; nil also where that is damaged.
  public var document: [UInt8]?
  /// What is wrong beside the bytes, such as a document that can't be read; short, without the picture's name.
  public var faults: [String]
  /// The bytes that are left, by ascending place. A piece may say what is wrong with it.
  public var pieces: any AsyncSequence<Piece, any Error> & Sendable

  public struct Piece: Sendable {
    /// Where the bytes belong in the picture; nil where they can only be put behind those before them.
    public var offset: Int?
    public var bytes: ByteBuffer
    public var fault: String?

    public init(offset: Int?, bytes: ByteBuffer, fault: String? = nil) {
      self.offset = offset
      self.bytes = bytes
      self.fault = fault
    }
  }

  public init(
    image: StoredImage, recordedLength: Int?, document: [UInt8]?, faults: [String],
    pieces: any AsyncSequence<Piece, any Error> & Sendable
  ) {
    self.image = image
    self.recordedLength = recordedLength
    self.document = document
    self.faults = faults
    self.pieces = pieces
  }
}

/// A picture store that a restore can fill; errors are those of ``ImageStore``.
public protocol RestorableImages: ArchivableImages {
  /// Stores a picture as it was in another store, as ``ImageStore/put(_:_:length:uploadedAt:metadata:)`` does; what a
  /// restore that was interrupted left of it is replaced.
  ///
  /// - Parameter document: the same as GridFS's `files` collection holds it, in canonical Extended JSON v2. A store that
  ///   keeps such documents keeps this one.
  func restore(_ image: StoredImage, _ bytes: ByteStream, document: [UInt8]) async throws
}

/// A picture store that remembers which pose database it belongs to; errors are those of ``ImageStore``.
public protocol PairableImages: ImageStore {
  /// What ``replacePair(_:with:)`` set last; nil where it never was called.
  func pair() async throws -> String?

  /// Sets the text, of at most 1000 ASCII characters, where it still is `old`; whether it was. Of several callers at
  /// once that name the same `old`, one at most succeeds. Durable when it returns.
  func replacePair(_ old: String?, with new: String) async throws -> Bool
}

/// A picture store that knows what belongs to no picture of it: files or chunks that a crash in the middle of an
/// upload may leave.
public protocol StrayPictures: Sendable {
  /// Their names, if written before `seconds` since 1970.
  func strays(before seconds: Int64) async throws -> [String]

  /// Removes those of `strays` that still are, and returns their number.
  func remove(strays: [String]) async throws -> Int
}

/// All that a picture store offers: what a storage of this program is made of.
public typealias CompleteImageStore = RestorableImages & PairableImages & StrayPictures
