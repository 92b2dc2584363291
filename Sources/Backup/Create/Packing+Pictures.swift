import NIOCore
import PoseCore

extension Packing {
  /// What became of the pictures.
  struct Pictures {
    var count = 0
    var bytes = 0
    /// Of these, the ones that rows name.
    var named = 0
    /// Not there, although rows still name them.
    var lost: Set<ImageID> = []
    /// Deleted with their rows since these were read.
    var gone: Set<ImageID> = []
    var damaged: [Manifest.DamagedPicture] = []
    /// Of this dataset, older than a day, and named by no row, nor by a pose in the trash.
    var unreferenced = 0
    /// Named by a pose in the trash alone.
    var trashed = 0
    /// Whole in a pack, but damaged or not there any more in the store.
    var storeFaults: [ImageID: StoreFault] = [:]
  }

  /// What became of a picture in the store that a pack has whole.
  enum StoreFault: Sendable, Equatable {
    case missing
    case damaged(String)
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
    var pictures = Pictures()
    let turn = plan.repository.map { StoreTurn(bytes: rows.packedBytes, $0, at: startedAt) }
    let missing = rows.missing
    let expected = Double(max(missing.count, 1))
    /// Whether it is there.
    func add(_ id: ImageID, _ image: StoredImage? = nil) async throws -> Bool {
      let named = try await name(image, spools)
      if named != nil, turn?.isDue(id) == true { pictures.storeFaults[id] = try await storeFault(id, spools) }
      var packed = named
      if packed == nil { packed = try await pack(id, spools, into: builder) }
      guard let packed else { return false }
      pictures.count += 1
      pictures.bytes += packed.bytes
      if let damage = packed.damage { pictures.damaged.append(damage) }
      report(.pictures, min(Double(pictures.count) / expected, 1))
      return true
    }
    var last: ImageID?
    while true {
      let page = try await patience.run { _ in
        try await source.images.list(after: last, limit: Self.picturesAtOnce)
      }
      guard let end = page.last else { break }
      let isNamed = try await files.run { try page.map { try missing.value(of: $0.id.bytes) != nil } }
      var found: [ImageID] = []
      for (image, isNamed) in zip(page, isNamed) {
        if isNamed {
          if try await add(image.id, image) {
            found.append(image.id)
            pictures.named += 1
          }
        } else if rows.trashed.contains(image.id) || image.uploadedAt < startedAt {
          let isOld = image.uploadedAt < startedAt - Self.day
          if rows.trashed.contains(image.id) {
            pictures.trashed += 1
          } else if isOld, image.metadata.datasetID == rows.datasetID {
            pictures.unreferenced += 1
          }
          let known = pictures.damaged.count
          _ = try await add(image.id, image)
          for index in known..<pictures.damaged.count { pictures.damaged[index].isNamed = false }
        }
      }
      try await files.run { [found] in for id in found { try missing.remove(id.bytes) } }
      last = end.id
    }
    let unlisted = try await files.run {
      try missing.entries(after: nil, before: nil, limit: .max).compactMap { ImageID(bytes: $0.key) }
    }
    var absent: [ImageID] = []
    // what no list names may be there all the same, or what is left of it
    for id in unlisted {
      if try await add(id) { pictures.named += 1 } else { absent.append(id) }
    }
    // a database that is away just then is not asked in vain
    if !absent.isEmpty {
      pictures.lost = try await patience.run { [absent] _ in try await source.poses.referenced(among: absent) }
    }
    pictures.gone = Set(absent).subtracting(pictures.lost)
    try await leaveOutDeleted(&pictures.storeFaults)
    try await pack(spools.documents, into: builder) { .files }
    if let chunks = spools.chunks { try await pack(chunks, into: builder) { .chunks } }
    return pictures
  }

  private struct PackedPicture {
    let bytes: Int
    let damage: Manifest.DamagedPicture?
  }

  /// Names a picture that a pack has by what was recorded of it, without reading its bytes; nil where none has, or its
  /// document does not fit.
  private func name(_ image: StoredImage?, _ spools: Spools) async throws -> PackedPicture? {
    guard let packs, let image, try await files.run({ try packs.has(image) }) else { return nil }
    let document = try await patience.run { _ in
      // one that can't be read is looked at with the picture's bytes
      do {
        return try await source.images.document(image.id) ?? FilesDocument.json(image)
      } catch let error as PoseVaultError where error.code != .storageUnavailable {
        return []
      }
    }
    guard let parsed = try? FilesDocument(json: document), parsed.id == image.id, parsed.length == image.length
    else { return nil }
    let isNamed = try await files.run {
      guard let sha256 = try packs.sha256(of: parsed, document),
        try packs.name(image.id, sha256, size: image.length)
      else { return false }
      try spools.documents.append(document + [0x0A])
      return true
    }
    return isNamed ? PackedPicture(bytes: image.length, damage: nil) : nil
  }

  /// Reads a picture that a pack has whole, and says what is wrong with it in the store; nil where nothing is.
  private func storeFault(_ id: ImageID, _ spools: Spools) async throws -> StoreFault? {
    let reading = PictureReading(images: source.images, files: files, spool: spools.picture)
    guard let read = try await patience.run({ _ in try await reading.read(id) }) else { return .missing }
    let digest = try await files.run { try PackBuilder.digest(of: spools.picture) }
    return read.damage(ofDigest: digest).map { .damaged($0) }
  }

  /// What was deleted with its rows since it was listed is not missing.
  private func leaveOutDeleted(_ faults: inout [ImageID: StoreFault]) async throws {
    let missing = faults.filter { $0.value == .missing }.keys.sorted()
    guard !missing.isEmpty else { return }
    let named = try await patience.run { _ in try await source.poses.referenced(among: missing) }
    for id in missing where !named.contains(id) { faults[id] = nil }
  }

  /// nil where the picture isn't there; it is read to its end before a byte of it goes into the archive.
  private func pack(_ id: ImageID, _ spools: Spools, into builder: ArchiveBuilder) async throws -> PackedPicture? {
    let reading = PictureReading(images: source.images, files: files, spool: spools.picture)
    guard let read = try await patience.run({ _ in try await reading.read(id) }) else { return nil }
    let document = read.document
    let chunkSize = spools.chunks == nil ? 0 : try FilesDocument(json: document).chunkSize
    let digest: ContentDigest
    if let packs {
      digest = try await packs.add(id, from: spools.picture) { try spools.documents.append(document + [0x0A]) }
    } else {
      digest = try await packWhole(id, read, chunkSize: chunkSize, from: spools, into: builder)
    }
    let bytes = spools.picture.length
    return PackedPicture(
      bytes: bytes,
      damage: read.damage(ofDigest: digest).map {
        Manifest.DamagedPicture(imageID: id, what: $0, bytes: bytes, expected: read.expectedLength)
      })
  }

  /// Puts the picture that is in the spool into the archive itself.
  private func packWhole(
    _ id: ImageID, _ read: PictureReading.Outcome, chunkSize: Int, from spools: Spools, into builder: ArchiveBuilder
  ) async throws -> ContentDigest {
    let document = read.document
    return try await pack(spools.picture, into: builder, modifiedAt: read.uploadedAt) {
      try spools.documents.append(document + [0x0A])
      if let chunks = spools.chunks {
        try Self.spool(chunks, of: id, spools.picture, chunkSize: chunkSize, at: read.uploadedAt)
      }
      try spools.picture.rewind()
      return .picture(id, .init(startingWith: try spools.picture.read(ImageFormat.startLength)))
    }
  }

  private static func spool(
    _ chunks: SpoolFile, of id: ImageID, _ picture: SpoolFile, chunkSize: Int, at seconds: Int64
  ) throws {
    try picture.rewind()
    var number = 0
    while case let bytes = try picture.read(chunkSize), !bytes.isEmpty {
      let json = ChunkDocument.json(of: id, number: number, bytes: bytes, at: seconds)
      try chunks.append(json + [0x0A])
      number += 1
    }
  }

  /// In seconds.
  private static let day: Int64 = 86_400
}
