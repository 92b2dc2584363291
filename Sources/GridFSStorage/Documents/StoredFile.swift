import PoseCore

/// A picture's document in `images.files`.
struct StoredFile: Sendable {
  let image: StoredImage
  /// The bytes in each chunk except the last.
  let chunkSize: Int

  /// The GridFS specification's suggestion: 255 KiB, so that a chunk with its fields fits into 256.
  static let ownChunkSize = 255 * 1024

  /// In bytes, MongoDB's limit.
  private static let longestDocument = 16 * 1024 * 1024

  /// Only what is read here: other programs' documents may contain more.
  static let projection: BSONValue = [
    "length": 1, "chunkSize": 1, "uploadDate": 1, "filename": 1, "contentType": 1, "metadata.contentType": 1,
    "metadata.sha256": 1, "metadata.width": 1, "metadata.height": 1, "metadata.fileName": 1, "metadata.datasetId": 1,
  ]

  /// nil if the document doesn't describe a picture, of ours or of another GridFS driver, with an ObjectId and a
  /// length.
  init?(_ document: DocumentFields) {
    guard let id = document.id("_id"), let length = document.int("length"), length >= 0 else { return nil }
    self.init(id, length: length, document)
  }

  /// What is known from a document that ``init(_:)`` doesn't accept.
  init(_ id: ImageID, length: Int, _ document: DocumentFields) {
    let sha256 = document.string("metadata.sha256")?.lowercased()
    // ours is the id's text where a picture has no name
    let name = document.string("metadata.fileName") ?? document.string("filename").flatMap { $0 == "\(id)" ? nil : $0 }
    image = StoredImage(
      id: id, length: length, uploadedAt: document.date("uploadDate").map(Self.seconds) ?? id.seconds,
      metadata: ImageMetadata(
        contentType: document.string("metadata.contentType") ?? document.string("contentType"),
        sha256: sha256.flatMap { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) ? $0 : nil },
        width: document.int("metadata.width"), height: document.int("metadata.height"), fileName: name,
        datasetID: document.string("metadata.datasetId")))
    chunkSize = document.int("chunkSize") ?? 0
  }

  /// The document of a picture that we store.
  static func document(of image: StoredImage) -> BSONFields {
    let known = image.metadata
    var metadata: BSONFields = [:]
    metadata.append("contentType", known.contentType.map { .string($0) })
    metadata.append("sha256", known.sha256.map { .string($0) })
    metadata.append("width", known.width.map { .int64(Int64($0)) })
    metadata.append("height", known.height.map { .int64(Int64($0)) })
    metadata.append("fileName", known.fileName.map { .string($0) })
    metadata.append("datasetId", known.datasetID.map { .string($0) })
    return [
      "_id": .id("\(image.id)"), "length": .int64(Int64(image.length)), "chunkSize": .int32(Int32(ownChunkSize)),
      "uploadDate": .date(image.uploadedAt * 1000), "filename": .string(known.fileName ?? "\(image.id)"),
      "metadata": .document(metadata),
    ]
  }

  /// The numbers of the chunks that contain `range`, which is inside the picture.
  ///
  /// Throws `storageUnavailable` if no chunks could ever contain what the document describes.
  func chunks(of range: Range<Int>) throws -> Range<Int> {
    guard !range.isEmpty else { return 0..<0 }
    guard chunkSize > 0 else { throw damaged("its chunk size is \(chunkSize)") }
    guard min(chunkSize, image.length) <= Self.longestDocument else {
      throw damaged("its chunks of \(chunkSize) bytes are longer than MongoDB can hold")
    }
    // the numbers of chunks are 32 bits wide
    guard (image.length - 1) / chunkSize < Int32.max else {
      throw damaged("its \(image.length) bytes are more than chunks of \(chunkSize) bytes can hold")
    }
    return range.lowerBound / chunkSize..<(range.upperBound - 1) / chunkSize + 1
  }

  /// Whether a chunk of the size given in the document is possible.
  var hasPossibleChunks: Bool {
    chunkSize > 0 && min(chunkSize, max(image.length, 1)) <= Self.longestDocument
  }

  /// The position of the bytes of chunk `number` in the picture.
  func bytes(ofChunk number: Int) -> Range<Int> {
    let start = number * chunkSize
    return start..<start + min(chunkSize, image.length - start)
  }

  func damaged(_ how: String) -> PoseVaultError {
    PoseVaultError(.storageUnavailable, "The stored picture \(image.id) is damaged: \(how).")
  }

  /// Rounded down, even before 1970; but the first second that 64 bits cover only in part is left out, so that it can
  /// be converted back to milliseconds.
  private static func seconds(_ milliseconds: Int64) -> Int64 {
    let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    return rest < 0 ? max(seconds - 1, .min / 1000) : seconds
  }
}
