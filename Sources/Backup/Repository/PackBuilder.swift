import Crypto
import Glibc
import PoseCore

/// Puts the pictures of a run into packs, but for those that a pack has already, and notes where each lies.
// Guarded by: its one user makes one call after another.
final class PackBuilder: @unchecked Sendable {
  private let folder: PackFolder
  private let day: BackupDay
  /// In bytes, as of ``RepositoryRules/packLength``.
  private let length: Int
  private let files: BlockingPool
  private let clock: @Sendable () -> Int64
  let index: PackIndex
  private let indexes: IndexMaker
  private let places: PlaceSpool
  private var open: Open?
  /// The packs that this run has written.
  private(set) var fresh: Set<ContentDigest> = []
  private var written = PackCount()
  /// How many pictures went into these.
  private var packed = 0

  private struct Open {
    let number: PackIndex.Number
    let partial: PartialFile
    let writer: PackWriter
  }

  /// Blocks.
  init(
    _ folder: PackFolder, _ index: PackIndex, indexes: IndexMaker, day: BackupDay, length: Int,
    files: BlockingPool, clock: @escaping @Sendable () -> Int64
  ) throws {
    self.folder = folder
    self.index = index
    self.indexes = indexes
    self.day = day
    self.length = length
    self.files = files
    self.clock = clock
    places = try PlaceSpool(in: folder.path)
  }

  deinit {
    open?.partial.discard()
  }

  /// Whether a pack seems to have the picture, so that its bytes need not be read. Blocks.
  func has(_ image: StoredImage) throws -> Bool {
    guard let recorded = image.metadata.sha256 else { return try index.knows(unrecorded: image.id) }
    return try ContentDigest(recorded).map { try index.place(of: $0, size: image.length) != nil } ?? false
  }

  /// The SHA-256 of a picture as its document records it or, where that records none, as the last run has found it.
  /// Blocks.
  func sha256(of document: FilesDocument, _ json: [UInt8]) throws -> ContentDigest? {
    guard let recorded = document.sha256 else { return try index.sha256(ofUnrecorded: document.id, document: json) }
    return ContentDigest(recorded)
  }

  /// Notes a picture that a pack has; false where none does. Blocks.
  func name(_ id: ImageID, _ sha256: ContentDigest, size: Int) throws -> Bool {
    guard let place = try index.place(of: sha256, size: size) else { return false }
    try places.append(.init(id: id, pack: place.pack, member: place.member))
    return true
  }

  /// Packs what is in the spool, unless a pack has it; its digest.
  ///
  /// - Parameter note: called where files are written, once the picture has its place.
  func add(
    _ id: ImageID, from spool: SpoolFile, note: @escaping @Sendable () throws -> Void
  ) async throws -> ContentDigest {
    if let open, open.writer.length >= length / 2, open.writer.length + spool.length > length * 2 {
      try await finishPack()
    }
    // in one call: changing threads takes longer than packing a small picture
    let sha256 = try await files.run {
      let sha256 = try Self.digest(of: spool)
      if try !self.name(id, sha256, size: spool.length) { try self.write(id, sha256, from: spool) }
      try note()
      return sha256
    }
    if let open, open.writer.length >= length { try await finishPack() }
    return sha256
  }

  private func write(_ id: ImageID, _ sha256: ContentDigest, from spool: SpoolFile) throws {
    let open = try open ?? begin(with: spool.length)
    self.open = open
    try spool.rewind()
    let offset = try open.writer.begin(sha256, size: spool.length)
    var start: [UInt8] = []
    while case let piece = try spool.read(), !piece.isEmpty {
      if start.isEmpty { start = Array(piece.prefix(ImageFormat.startLength)) }
      try open.writer.write(piece)
    }
    try open.writer.end()
    let member = PackMember(
      sha256: sha256, size: spool.length, offset: offset, ending: FileEnding(startingWith: start))
    try index.add([member], in: open.number)
    packed += 1
    try places.append(.init(id: id, pack: open.number, member: member))
  }

  /// - Parameter size: of the first picture, in bytes.
  private func begin(with size: Int) throws -> Open {
    try folder.work.requireSpace(size + (1 << 20))
    let partial = try folder.work.begin(named: "\(day)-backup-pack")
    do {
      return Open(number: index.add(nil), partial: partial, writer: try PackWriter(partial))
    } catch {
      partial.discard()
      throw error
    }
  }

  /// Gives the pack that is being written its name: it is found again even if the run is broken off.
  private func finishPack() async throws {
    guard let open else { return }
    self.open = nil
    let now = clock()
    let record = try await files.run { [folder] () throws -> PackRecord in
      do {
        let (sha256, size) = try open.writer.close()
        try open.partial.synchronize()
        let record = PackRecord(sha256: sha256, size: size, readAt: now)
        try folder.publish(open.partial, as: record)
        return record
      } catch {
        open.partial.discard()
        throw error
      }
    }
    index.close(open.number, as: record)
    fresh.insert(record.sha256)
    written.add(record.size)
  }

  /// The lists of packs and pictures, into an archive that has none of the pictures itself; what they come to.
  func finish(into builder: ArchiveBuilder) async throws -> Manifest.PackTotals {
    try await finishPack()
    return try await files.run { try self.writeLists(to: builder) }
  }

  private func writeLists(to builder: ArchiveBuilder) throws -> Manifest.PackTotals {
    var packs = index.packs
    let counted = try indexes.make()
    try places.rewind()
    while case let entries = try places.next(), !entries.isEmpty {
      for entry in entries where try counted.insert([1], for: entry.member.sha256.bytes) {
        packs[entry.pack]?.members += 1
        packs[entry.pack]?.bytes += entry.member.size
        packs[entry.pack]?.unnamedSince = nil
      }
    }
    let records = packs.compactMap { $0 }.sorted { $0.sha256.text < $1.sha256.text }
    try builder.begin(.packs, size: nil)
    for record in records { try builder.write(record.line) }
    try builder.end()

    try builder.begin(.places, size: nil)
    try places.rewind()
    while case let entries = try places.next(), !entries.isEmpty {
      var lines: [UInt8] = []
      for entry in entries {
        guard let pack = packs[entry.pack] else { throw PoseVaultError(.internal, "A pack was not finished.") }
        let member = entry.member
        let place = PicturePlace(
          id: entry.id, ending: member.ending, size: member.size, sha256: member.sha256, pack: pack.sha256,
          offset: member.offset)
        lines += place.line
      }
      try builder.write(lines)
    }
    try builder.end()
    let named = records.filter { $0.members > 0 }
    return Manifest.PackTotals(count: named.count, bytes: named.reduce(0) { $0 + $1.size })
  }

  /// What was done, one line each.
  var notes: [String] {
    var notes = ["New in the repository: \(Count.text(packed, "picture")) in \(written.text)."]
    notes.append("Old packs read again and compared: \(index.reread.text).")
    if let oldest = index.packs.compactMap({ $0?.readAt }).min() {
      notes.append("Each byte of the repository was read since \(Manifest.text(oldest)).")
    }
    return notes
  }

  /// Removes packs of this run that its proof found damaged, so that their names are free. Blocks.
  func removeDamaged() {
    for record in index.packs.compactMap({ $0 }) where fresh.contains(record.sha256) {
      guard let file = try? ReadFile(folder.path(of: record.sha256)) else { continue }
      let check = PackCheck(file, record, members: [])
      do {
        while try check.checkSome() {}
      } catch is ArchiveDamage {
        unlink(file.path)
      } catch {
        // can't be told now; the next run looks at it
      }
    }
  }

  /// Blocks.
  static func digest(of spool: SpoolFile) throws -> ContentDigest {
    try spool.rewind()
    var sha256 = SHA256()
    while case let piece = try spool.read(), !piece.isEmpty { sha256.update(data: piece) }
    return ContentDigest(bytes: sha256.finalize())
  }
}
