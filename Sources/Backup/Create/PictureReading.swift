import NIOCore
import PoseCore

/// Reads a picture into a spool, whole or, if it is damaged, as far as it can be read.
struct PictureReading: Sendable {
  let images: any ArchivableImages
  let files: BlockingPool
  let spool: SpoolFile

  /// What is in the spool.
  struct Outcome: Sendable {
    /// As GridFS has it, with the length of what was read.
    let document: [UInt8]
    let uploadedAt: Int64
    /// As it was recorded; nil where nothing was.
    let expectedLength: Int?
    let faults: [String]

    /// What is wrong with the picture whose bytes have that digest; nil where nothing is.
    func damage(ofDigest digest: ContentDigest) -> String? {
      if !faults.isEmpty {
        let rest = faults.count - PictureReading.maxFaults
        return faults.prefix(PictureReading.maxFaults).joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
      }
      guard let recorded = (try? FilesDocument(json: document))?.sha256, recorded != digest.text else { return nil }
      return "its SHA-256 is not the one that was recorded"
    }
  }

  /// nil where the picture isn't there. Throws `storageUnavailable` where the store doesn't answer.
  func read(_ id: ImageID) async throws -> Outcome? {
    do {
      if let whole = try await readWhole(id) { return whole }
    } catch let error as PoseVaultError {
      // what fails here may be our own disk
      if [.fileSystem, .shuttingDown].contains(error.code) { throw error }
    }
    // it is damaged, was deleted meanwhile, or the store doesn't answer, and says so when it is asked again
    do {
      return try await readRemains(id)
    } catch let error as PoseVaultError where error.code == .storageUnavailable {
      throw PoseVaultError(error.code, "The picture \(id) could not be read. \(error.message)", cause: error)
    }
  }

  /// nil where it isn't whole.
  private func readWhole(_ id: ImageID) async throws -> Outcome? {
    try await files.run { try spool.clear() }
    guard let image = try await images.find(id), let stream = try await images.read(id, range: nil) else { return nil }
    for try await piece in stream { try await append(piece) }
    try Task.checkCancellation()
    let document = try await images.document(id) ?? FilesDocument.json(image)
    guard let parsed = try? FilesDocument(json: document), parsed.id == id, parsed.length == spool.length,
      spool.length == image.length
    else { return nil }
    return Outcome(document: document, uploadedAt: image.uploadedAt, expectedLength: image.length, faults: [])
  }

  private func readRemains(_ id: ImageID) async throws -> Outcome? {
    try await files.run { try spool.clear() }
    guard let remains = try await images.readDamaged(id) else { return nil }
    var faults = remains.faults
    var gaps = ZeroFilling()
    for try await piece in remains.pieces {
      if let fault = piece.fault { faults.append(fault) }
      let zeros = gaps.zeros(before: piece.offset, at: spool.length)
      if zeros > 0 { try await fill(zeros) }
      if piece.bytes.readableBytes > 0 { try await append(piece.bytes) }
    }
    try Task.checkCancellation()
    // one that is deleted while it is read is no damaged one
    guard try await images.readDamaged(id) != nil else { return nil }
    faults += gaps.faults
    let length = spool.length
    if let recorded = remains.recordedLength, recorded != length {
      faults.append("it has \(length) bytes, not \(recorded)")
    }
    var image = remains.image
    image.length = length
    let document =
      remains.document.flatMap { FilesDocument.fitting($0, id, length: length) } ?? FilesDocument.json(image)
    return Outcome(
      document: document, uploadedAt: image.uploadedAt, expectedLength: remains.recordedLength, faults: faults)
  }

  private func append(_ piece: ByteBuffer) async throws {
    try await files.run { try spool.append(piece.readableBytesView) }
  }

  private func fill(_ count: Int) async throws {
    var rest = count
    while rest > 0 {
      let part = min(rest, 1 << 20)
      try await files.run { try spool.append(repeatElement(UInt8(0), count: part)) }
      rest -= part
    }
  }

  fileprivate static let maxFaults = 4
}

/// Where bytes are missing in the middle of a picture, zeros stand for them, so that what follows is in its place.
private struct ZeroFilling {
  private var ranges: [Range<Int>] = []
  private var total = 0
  /// Whether what comes is still in its place.
  private var isPlaced = true
  private var isCutShort = false

  /// How many zeros go before what belongs at `offset`, with `length` bytes before it.
  mutating func zeros(before offset: Int?, at length: Int) -> Int {
    guard isPlaced, let offset, offset > length else { return 0 }
    // a document or a chunk's number may be any, and zeros take space
    guard offset - length <= Self.limit - total else {
      isPlaced = false
      isCutShort = true
      return 0
    }
    ranges.append(length..<offset)
    total += offset - length
    return offset - length
  }

  var faults: [String] {
    let filled = ranges.map { "bytes \($0.lowerBound) to \($0.upperBound - 1) are missing and stand as zeros" }
    return filled + (isCutShort ? ["more bytes are missing than zeros stand for"] : [])
  }

  /// In bytes.
  private static let limit = 256 << 20
}
