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
    of rows: inout Rows, arrivedBefore startedAt: Int64, into builder: ArchiveBuilder
  ) async throws -> Pictures {
    let spools = try await files.run { [folder, plan] in
      Spools(
        picture: try SpoolFile(in: folder.path), documents: try SpoolFile(in: folder.path),
        chunks: plan.includesChunks ? try SpoolFile(in: folder.path) : nil)
    }
    var pictures = Pictures()
    let expected = Double(max(rows.missing.count, 1))
    func add(_ image: StoredImage) async throws {
      guard try await pack(image, spools, into: builder) else { return }
      pictures.count += 1
      pictures.bytes += image.length
      rows.missing.remove(image.id)
      report(.pictures, min(Double(pictures.count) / expected, 1))
    }
    var last: ImageID?
    while true {
      let page = try await source.images.list(after: last, limit: Self.picturesAtOnce)
      guard let end = page.last else { break }
      for image in page where rows.missing.contains(image.id) || image.uploadedAt < startedAt { try await add(image) }
      last = end.id
    }
    for id in rows.missing.sorted() {
      if let image = try await source.images.find(id) { try await add(image) }
    }
    // a database that is away just then is not asked in vain
    if !rows.missing.isEmpty { pictures.lost = try await source.poses.referenced(among: rows.missing.sorted()) }
    pictures.gone = rows.missing.subtracting(pictures.lost)
    try await pack(spools.documents, into: builder) { .files }
    if let chunks = spools.chunks { try await pack(chunks, into: builder) { .chunks } }
    return pictures
  }

  /// Whether the picture is there; it is read to its end before a byte of it goes into the archive.
  private func pack(_ image: StoredImage, _ spools: Spools, into builder: ArchiveBuilder) async throws -> Bool {
    guard try await read(image, into: spools.picture) else { return false }
    let document = try await source.images.document(image.id) ?? FilesDocument.json(image)
    let chunkSize = spools.chunks == nil ? 0 : try FilesDocument(json: document).chunkSize
    try await pack(spools.picture, into: builder) {
      try spools.documents.append(document + [0x0A])
      if let chunks = spools.chunks { try Self.spool(chunks, of: image, spools.picture, chunkSize: chunkSize) }
      try spools.picture.rewind()
      return .picture(image.id, .init(startingWith: try spools.picture.read(12)))
    }
    return true
  }

  /// Whether the picture is there, and then all of it in the spool.
  private func read(_ image: StoredImage, into spool: SpoolFile) async throws -> Bool {
    do {
      try await files.run { try spool.clear() }
      guard let stream = try await source.images.read(image.id, range: nil) else {
        throw PoseVaultError(.backupUnproven, "The store does not give its bytes.")
      }
      for try await piece in stream { try await files.run { try spool.append(piece.readableBytesView) } }
      try Task.checkCancellation()
    } catch let error as PoseVaultError {
      // one that is deleted while it is read may end in an error
      guard try await source.images.find(image.id) != nil else { return false }
      throw PoseVaultError(error.code, "The picture \(image.id) could not be read. \(error.message)", cause: error)
    }
    guard spool.length == image.length else {
      throw PoseVaultError(
        .backupUnproven, "The picture \(image.id) is damaged: it has \(spool.length) bytes, not \(image.length).")
    }
    return true
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
