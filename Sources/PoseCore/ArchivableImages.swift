public import NIOCore

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
