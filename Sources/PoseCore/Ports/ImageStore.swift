public import NIOCore

/// A picture's bytes in transit, in pieces of any size.
public typealias ByteStream = any AsyncSequence<ByteBuffer, any Error> & Sendable

/// Stores the original pictures.
///
/// Every call throws ``PoseVaultError`` with `storageUnavailable` if the store doesn't respond, which is never mistaken
/// for a missing picture. Calls respond to cancellation; a cancelled or failed `put` leaves nothing.
public protocol ImageStore: Sendable {
  /// Stores a picture whose whole content is `bytes`; returns once it would survive a power loss.
  ///
  /// `length` is the expected number of bytes; if the actual number differs, it throws `badRequest`. The store computes
  /// the SHA-256 if `metadata` has none. An id that is taken throws `internal`.
  @discardableResult
  func put(
    _ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata
  ) async throws -> StoredImage

  /// The picture without its bytes; nil if it doesn't exist.
  func find(_ id: ImageID) async throws -> StoredImage?

  /// The bytes of `range` (all of them if nil), read on demand; nil if the picture doesn't exist. The range must be
  /// inside the picture.
  func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream?

  /// Whether the picture existed.
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

/// A picture store that a backup can read; errors are those of ``ImageStore``.
public protocol ArchivableImages: ImageStore {
  /// The picture's document in GridFS's `files` collection as canonical Extended JSON v2, on one line.
  ///
  /// nil if the store keeps no documents, or the picture doesn't exist.
  func document(_ id: ImageID) async throws -> [UInt8]?

  /// What is left of a picture that ``ImageStore/read(_:range:)`` or ``document(_:)`` can't return as stored; nil if
  /// nothing is.
  ///
  /// Damage is no error here: `storageUnavailable` means that the store doesn't respond.
  func readDamaged(_ id: ImageID) async throws -> PictureRemains?

  /// Collections besides ours, by name: what a backup leaves out.
  func notIncluded() async throws -> [String]
}

/// What can still be read of a picture.
public struct PictureRemains: Sendable {
  /// What is known about it. The length is the recorded one; nil if that is invalid.
  public var image: StoredImage
  public var recordedLength: Int?
  /// Its document, as from ``ArchivableImages/document(_:)``; also nil if that is damaged.
  public var document: [UInt8]?
  /// What else is wrong besides the bytes, such as a document that can't be read; short, without the picture's name.
  public var faults: [String]
  /// The remaining bytes, by ascending position. A piece may say what is wrong with it.
  public var pieces: any AsyncSequence<Piece, any Error> & Sendable

  public struct Piece: Sendable {
    /// Where the bytes belong in the picture; nil if they can only be appended to the previous ones.
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
  /// Stores a picture as it was in another store, as ``ImageStore/put(_:_:length:uploadedAt:metadata:)`` does; remains
  /// of an interrupted restore are replaced.
  ///
  /// - Parameter document: its document in GridFS's `files` collection, in canonical Extended JSON v2. A store that
  ///   keeps such documents keeps this one.
  func restore(_ image: StoredImage, _ bytes: ByteStream, document: [UInt8]) async throws
}

/// A picture store that remembers which pose database it belongs to; errors are those of ``ImageStore``.
public protocol PairableImages: ImageStore {
  /// What ``replacePair(_:with:)`` last set; nil if it was never called.
  func pair() async throws -> String?

  /// Sets the text, of at most 1000 ASCII characters, if it is still `old`; returns whether it was. Of several callers
  /// at once with the same `old`, at most one succeeds. Durable when it returns.
  func replacePair(_ old: String?, with new: String) async throws -> Bool
}

/// A picture store that knows what belongs to none of its pictures: files or chunks that a crash in the middle of an
/// upload may leave.
public protocol StrayPictures: Sendable {
  /// Their names, if written before `seconds` since 1970.
  func strays(before seconds: Int64) async throws -> [String]

  /// Removes those of `strays` that are still strays, and returns their number.
  func remove(strays: [String]) async throws -> Int
}

/// Everything that a picture store offers, as this program's storages require.
public typealias CompleteImageStore = RestorableImages & PairableImages & StrayPictures
