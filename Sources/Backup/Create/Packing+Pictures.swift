import NIOCore
import PoseCore

extension Packing {
  /// What became of the pictures.
  struct Pictures {
    var count = 0
    var bytes = 0
    /// Not there, although rows still name them.
    var lost: Set<ImageID> = []
    /// Deleted with their rows since these were read.
    var gone: Set<ImageID> = []
  }

  private struct Spools {
    let picture: SpoolFile
    let documents: SpoolFile
    /// nil unless chunks go in.
    let chunks: SpoolFile?
  }

  /// Adds all pictures that are named by `rows` or, if nobody names them, arrived before `startedAt`.
  func packPictures(
    of rows: Rows, arrivedBefore startedAt: Int64, into builder: ArchiveBuilder
  ) async throws -> Pictures {
    let spools = try await files.run { [folder, plan] in
      Spools(
        picture: try SpoolFile(in: folder.path), documents: try SpoolFile(in: folder.path),
        chunks: plan.includesChunks ? try SpoolFile(in: folder.path) : nil)
    }
    var (pictures, missing) = (Pictures(), rows.named)
    func add(_ image: StoredImage) async throws -> Bool {
      guard try await pack(image, spools, into: builder) else { return false }
      pictures.count += 1
      pictures.bytes += image.length
      report(.pictures, min(Double(pictures.count) / Double(max(rows.named.count, 1)), 1))
      return true
    }
    var last: ImageID?
    while true {
      let page = try await source.images.list(after: last, limit: Self.picturesAtOnce)
      guard let end = page.last else { break }
      for image in page where missing.contains(image.id) || image.uploadedAt < startedAt {
        if try await add(image) { missing.remove(image.id) }
      }
      last = end.id
    }
    for id in missing.sorted() {
      if let image = try await source.images.find(id), try await add(image) { missing.remove(id) }
    }
    pictures.lost = try await source.poses.referenced(among: missing.sorted())
    pictures.gone = missing.subtracting(pictures.lost)
    try await pack(spools.documents, as: .files, into: builder)
    if let chunks = spools.chunks { try await pack(chunks, as: .chunks, into: builder) }
    return pictures
  }

  /// Whether the picture is there; it is read to its end before a byte of it goes into the archive.
  private func pack(_ image: StoredImage, _ spools: Spools, into builder: ArchiveBuilder) async throws -> Bool {
    guard let start = try await read(image, into: spools.picture) else { return false }
    let document = try await source.images.document(image.id) ?? FilesDocument.json(image)
    try await files.run { try spools.documents.append(document + [0x0A]) }
    try await pack(spools.picture, as: .picture(image.id, .init(startingWith: start)), into: builder)
    if let chunks = spools.chunks {
      let size = try FilesDocument(json: document).chunkSize
      try await files.run { try Self.spool(chunks, of: image, spools.picture, chunkSize: size) }
    }
    return true
  }

  /// The picture's first bytes; nil when it is not there.
  private func read(_ image: StoredImage, into spool: SpoolFile) async throws -> [UInt8]? {
    do {
      try await files.run { try spool.clear() }
      guard let stream = try await source.images.read(image.id, range: nil) else { return nil }
      for try await piece in stream { try await files.run { try spool.append(piece.readableBytesView) } }
      try Task.checkCancellation()
    } catch let error as PoseVaultError {
      // one that is deleted while it is read may end in an error
      guard try await source.images.find(image.id) != nil else { return nil }
      throw PoseVaultError(error.code, "The picture \(image.id) could not be read. \(error.message)", cause: error)
    }
    guard spool.length == image.length else {
      throw PoseVaultError(
        .backupUnproven, "The picture \(image.id) is damaged: it has \(spool.length) bytes, not \(image.length).")
    }
    return try await files.run {
      try spool.rewind()
      return try spool.read(12)
    }
  }

  private static func spool(_ chunks: SpoolFile, of image: StoredImage, _ picture: SpoolFile, chunkSize: Int) throws {
    try picture.rewind()
    var number = 0
    while case let bytes = try picture.read(chunkSize), !bytes.isEmpty {
      let json = ChunkDocument.json(of: image.id, number: number, bytes: bytes, at: image.uploadedAt)
      try chunks.append(json + [0x0A])
      number += 1
    }
  }
}
