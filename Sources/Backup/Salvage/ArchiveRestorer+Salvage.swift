import Crypto
import NIOCore
public import PoseCore

/// What came of a damaged archive.
public struct SalvageReport: Sendable, Hashable {
  public var poses = 0
  public var pictures = 0
  /// What was left out or is not as it was, one line each: entries by their names, pictures by their ids.
  public var leftOut: [String] = []
  /// What had been erased, and was removed again.
  public var erased = ErasedAgain()

  public init() {}
}

/// What is left of a damaged archive, found without its directory.
public struct SalvagePlan: Sendable {
  let scan: EntryScan
  let catalogue: SalvageCatalogue
  /// Of a run in a repository.
  let packed: PackedSalvage?
  let repository: PackFolder

  /// Names the archive by what of it is left: 16 hexadecimal digits.
  public var fingerprint: String { catalogue.fingerprint }

  /// How many pictures are whole.
  public var pictures: Int { packed?.pictures.count ?? catalogue.pictures.count }
  /// Of these, in bytes.
  public var pictureBytes: Int {
    packed?.pictures.reduce(0) { $0 + $1.size } ?? catalogue.pictures.reduce(0) { $0 + $1.size }
  }
  /// What is not whole, or not there, one line each.
  public var faults: [String] { catalogue.faults + (packed?.faults ?? []) }
}

extension RestoreTarget {
  /// Throws `fileSystem` where the disk has less room than a salvage may need. Blocks.
  ///
  /// - Parameter folder: need not exist yet.
  public static func requireSpace(in folder: String, for plan: SalvagePlan) throws {
    try requireSpace(in: folder, bytes: plan.pictureBytes + plan.pictures * 5000 + (64 << 20))
  }
}

extension ArchiveRestorer {
  /// Reads the whole file for entries that are left of an archive, with a directory or without one.
  ///
  /// - Parameter report: told how much of the file is read, 0…1.
  ///
  /// Throws ``PoseVaultError``: `configuration` where the passphrase is missing or wrong, `badRequest` where nothing of
  /// an archive is there, `fileSystem` where the file can't be read.
  public static func planSalvage(
    of path: String, passphrase: String?, _ files: BlockingPool, report: @Sendable (Double) -> Void
  ) async throws -> SalvagePlan {
    let scan = try await files.run { try EntryScan(path: path, passphrase: passphrase) }
    var catalogue = SalvageCatalogue()
    while true {
      try Task.checkCancellation()
      let (found, isAtEnd) = try await files.run { try scan.next() }
      if let found { catalogue.add(found) }
      if isAtEnd { break }
      report(scan.progress)
    }
    if let error = scan.passphraseError, !catalogue.entries.values.contains(where: \.isSound) { throw error }
    guard !catalogue.entries.isEmpty else {
      throw PoseVaultError(.badRequest, "\(path) contains nothing from a PoseVault backup.")
    }
    let sound = catalogue
    let complete = try await files.run {
      var catalogue = sound
      try catalogue.readLists(scan)
      return catalogue
    }
    let repository = PackFolder(ofRun: path)
    let packed = try await PackedSalvage(of: complete, scan, in: repository, files: files, report: report)
    return SalvagePlan(scan: scan, catalogue: complete, packed: packed, repository: repository)
  }

  /// Restores what is whole of a damaged archive into empty stores, behind the same mark as a restore.
  ///
  /// - Parameter erased: what was erased since the archive was made, and is not to come back.
  ///
  /// Throws as ``restore(_:_:named:passphrase:scope:erased:report:)`` does.
  public func salvage(
    _ plan: SalvagePlan, named name: String, erased: [Erasure] = [], report: @escaping Report = { _, _ in }
  ) async throws -> SalvageReport {
    let mark = try await begin(name, plan.fingerprint)
    let salvage = Salvage(plan: plan, restorer: self, named: name, report: report)
    try await mark.whileHeld {
      try await salvage.run(spoolingIn: spoolFolder)
      await salvage.add(try await erase(erased, of: plan.fingerprint))
      try await TrailRestore.finish(target)
    }
    try await mark.remove()
    return await salvage.outcome
  }
}

/// One salvage's way from what is left of an archive into the stores.
private actor Salvage {
  private let plan: SalvagePlan
  private let target: RestoreTarget
  private let files: BlockingPool
  private let name: String
  private let indexes: IndexMaker
  private let clock: @Sendable () -> Int64
  private let report: ArchiveRestorer.Report
  private(set) var outcome = SalvageReport()
  /// Damaged before the backup.
  private let damaged: Set<ImageID>

  init(plan: SalvagePlan, restorer: ArchiveRestorer, named name: String, report: @escaping ArchiveRestorer.Report) {
    self.plan = plan
    damaged = Set(plan.catalogue.manifest?.damaged.map(\.imageID) ?? [])
    self.target = restorer.target
    self.files = restorer.files
    indexes = restorer.indexes
    self.name = name
    self.clock = restorer.clock
    self.report = report
  }

  func add(_ removed: ErasedAgain) { outcome.erased = removed }

  func run(spoolingIn folder: String) async throws {
    outcome.leftOut = plan.faults
    try await restorePictures(try await spoolDocuments(in: folder))
    try await restoreRows()
    try await restoreTables()
    if let dataset = plan.catalogue.manifest?.datasetID, DatasetID.isOne(dataset) {
      try await target.poses.adopt(datasetID: dataset)
    }
    try await SalvageNote.keep(note, in: target.runs)
  }

  private var note: SalvageNote? {
    guard !outcome.leftOut.isEmpty else { return nil }
    let manifest = plan.catalogue.manifest
    return SalvageNote(
      at: clock(), archive: name, lostPictures: manifest.map { max($0.pictures - outcome.pictures, 0) },
      lostRows: manifest.map { max($0.archivedRows - outcome.poses, 0) })
  }

  private func content(_ entry: FoundEntry) async throws -> EntryContent {
    try await files.run { [plan] in try plan.scan.content(of: entry) }
  }

  /// Those that are documents; whole or not, what they say is compared with the pictures.
  private func spoolDocuments(in folder: String) async throws -> DocumentSpool {
    let spool = try await files.run { [indexes] in try DocumentSpool(in: folder, indexes: indexes) }
    guard let entry = plan.catalogue.entries[.files] else { return spool }
    let content = try await content(entry)
    var lines = LineSplitter()
    var isReadable = true
    while isReadable, case let piece = try await files.run({ try content.read() }), !piece.isEmpty {
      var found: [ArraySlice<UInt8>] = []
      do {
        try lines.split(piece, of: .files) { line in
          if (try? FilesDocument(json: line)) != nil { found.append(line) }
        }
      } catch is ArchiveDamage {
        isReadable = false
      }
      let documents = found
      try await files.run { for document in documents { try spool.append(document) } }
    }
    return spool
  }

  private func restorePictures(_ documents: DocumentSpool) async throws {
    if let packed = plan.packed { return try await restorePictures(of: packed, documents) }
    let pictures = plan.catalogue.pictures
    for (index, entry) in pictures.enumerated() {
      try Task.checkCancellation()
      guard case .picture(let id, let ending) = entry.name else { continue }
      let picture = PictureLeft(
        id: id, ending: ending, size: entry.size, sha256: entry.sha256, modifiedAt: entry.modifiedAt)
      try await restore(
        picture, from: ContentBytes(content: try await content(entry), files: files), by: documents)
      report(.pictures, Double(index + 1) / Double(max(pictures.count, 1)))
    }
  }

  private func restorePictures(of packed: PackedSalvage, _ documents: DocumentSpool) async throws {
    for (index, place) in packed.pictures.enumerated() {
      try Task.checkCancellation()
      let picture = PictureLeft(
        id: place.id, ending: place.ending, size: place.size, sha256: place.sha256, modifiedAt: nil)
      let path = plan.repository.path(of: place.pack)
      let bytes = MemberBytes(
        file: try await files.run { try ReadFile(path) }, pack: PackFolder.name(of: place.pack),
        member: PackMember(sha256: place.sha256, size: place.size, offset: place.offset, ending: place.ending),
        files: files)
      try await restore(picture, from: bytes, by: documents)
      report(.pictures, Double(index + 1) / Double(packed.pictures.count))
    }
  }

  /// A picture that is whole.
  private struct PictureLeft {
    let id: ImageID
    let ending: FileEnding
    let size: Int
    let sha256: ContentDigest
    /// As the archive has it; nil where it has none.
    let modifiedAt: Int64?

    var name: String { EntryName.picture(id, ending).text }
  }

  /// Stores a picture, unless it is there already, and reads it back.
  private func restore(
    _ picture: PictureLeft, from bytes: ByteStream, by documents: DocumentSpool
  ) async throws {
    let id = picture.id
    if try await target.images.find(id) == nil {
      let (image, document, isKnown) = try await describe(picture, by: documents)
      if !isKnown, plan.catalogue.entries[.files] != nil {
        outcome.leftOut.append("\(picture.name): is intact, but its metadata is lost")
      }
      try await target.images.restore(image, bytes, document: document)
    }
    guard try await sha256(of: id) == picture.sha256 else {
      throw PoseVaultError(.backupUnproven, "The picture \(id) is not in the storage as it was in the archive.")
    }
    if damaged.contains(id) { outcome.leftOut.append("\(picture.name): was damaged before the backup") }
    outcome.pictures += 1
  }

  /// What the store keeps of a picture, and whether the archive still tells it.
  private func describe(
    _ picture: PictureLeft, by documents: DocumentSpool
  ) async throws -> (StoredImage, [UInt8], isKnown: Bool) {
    let id = picture.id
    let json = try await files.run { try? documents.document(of: id) }
    if let json, let image = try? FilesDocument.image(json: json, sha256: picture.sha256.text), image.id == id,
      image.length == picture.size
    {
      return (image, json, true)
    }
    let format = ImageFormat.allCases.first { FileEnding($0) == picture.ending }
    let image = StoredImage(
      id: id, length: picture.size, uploadedAt: picture.modifiedAt ?? id.seconds,
      metadata: ImageMetadata(contentType: format?.contentType, sha256: picture.sha256.text))
    return (image, FilesDocument.json(image), false)
  }

  private func restoreRows() async throws {
    guard let entry = plan.catalogue.entries[.dump] else { return }
    let content = try await content(entry)
    // of a salvage that was interrupted
    let stored = try await target.poses.withSnapshot { try await $0.totals() }
    outcome.poses = stored.count
    let last = stored.lastID ?? .min
    var rows = SalvagedRows()
    var isReadable = true
    while isReadable, case let piece = try await files.run({ try content.read() }), !piece.isEmpty {
      try Task.checkCancellation()
      do {
        try await restore(try rows.read(piece).filter { $0.id > last })
      } catch is ArchiveDamage {
        isReadable = false
      }
    }
    if !plan.catalogue.isWhole(entry), outcome.poses > 0 {
      outcome.leftOut.append("mysql/poses.sql: its rows can't be checked one by one")
    }
    if rows.damaged > 0 { outcome.leftOut.append("mysql/poses.sql: \(Count.text(rows.damaged, "row")) can't be read") }
    if !rows.isWhole { outcome.leftOut.append("mysql/poses.sql: is truncated; rows at its end are missing") }
    if let expected = plan.catalogue.manifest?.archivedRows, expected != outcome.poses {
      outcome.leftOut.append("mysql/poses.sql: \(outcome.poses) of \(Count.text(expected, "row")) are restored")
    }
    if let next = plan.catalogue.manifest?.nextID ?? rows.nextID, next > 0 {
      try await target.poses.continueIDs(at: next)
    }
  }

  /// One by one where the database refuses one of them.
  private func restore(_ rows: [PoseRecord]) async throws {
    guard !rows.isEmpty else { return }
    do {
      try await target.poses.restore(rows)
      outcome.poses += rows.count
    } catch let error as PoseVaultError where error.code == .internal {
      guard rows.count > 1 else {
        outcome.leftOut.append("mysql/poses.sql: row \(rows[0].id) can't be stored in the database")
        return
      }
      for row in rows { try await restore([row]) }
    }
  }

  private func restoreTables() async throws {
    let hasTrail = try await beginTrail()
    for (name, entry) in plan.catalogue.entries.sorted(by: { $0.key < $1.key }) {
      // chains have begun already
      guard case .table(let table) = name, table != AuditChain.table, table != AuditLine.table || hasTrail else {
        continue
      }
      guard target.poses.tables.contains(table) else {
        outcome.leftOut.append("\(name.text): this version does not know the table")
        continue
      }
      let content = try await content(entry)
      // by a salvage that was interrupted
      let stored = try await ids(of: table)
      var seen = Set<Int>()
      var damaged = 0
      var lines = LineSplitter()
      var isReadable = true
      while isReadable, case let piece = try await files.run({ try content.read() }), !piece.isEmpty {
        var found: [TableLine] = []
        do {
          try lines.split(piece, of: name) { text in
            guard let line = TableLine(line: text), seen.insert(line.id).inserted else {
              damaged += 1
              return
            }
            if !stored.contains(line.id) { found.append(line) }
          }
        } catch is ArchiveDamage {
          isReadable = false
        }
        damaged += try await restore(found, into: table)
      }
      if damaged > 0 { outcome.leftOut.append("\(name.text): \(Count.text(damaged, "row")) can't be read") }
    }
  }

  /// Begins the chains of the audit trail, as far as they can be read; whether its entries are to be stored.
  private func beginTrail() async throws -> Bool {
    guard target.poses.trail != nil, let entry = plan.catalogue.entries[.table(AuditLine.table)] else { return false }
    var chains: [String: AuditChain] = [:]
    if let entry = plan.catalogue.entries[.table(AuditChain.table)] {
      try await forEachLine(of: entry) { line in
        if let chain = try? AuditChain(line) { chains[chain.server] = chain }
      }
    }
    var lastID = 0
    try await forEachLine(of: entry) { line in
      lastID = max(lastID, line.id)
      guard let entry = try? AuditLine(line), let seal = entry.seal else { return }
      let server = entry.entry.server
      // so that it goes on behind its entries where the chain itself is lost
      if chains[server]?.head?.number ?? 0 < seal.number {
        chains[server] = AuditChain(server: server, base: chains[server]?.base, head: seal)
      }
    }
    let sorted = chains.values.sorted { $0.server < $1.server }
    return try await TrailRestore(target: target, fingerprint: plan.fingerprint).begin(sorted, upTo: lastID) { heads in
      try await self.parts(of: entry, heads)
    }
  }

  private func parts(of entry: FoundEntry, _ heads: [String: AuditSeal]) async throws -> Set<String> {
    var parts: Set<String> = []
    try await forEachLine(of: entry) { line in
      if let entry = try? AuditLine(line), entry.isNewest(of: heads) { parts.insert(entry.entry.server) }
    }
    return parts
  }

  /// Those that can be read.
  private func forEachLine(of entry: FoundEntry, _ body: (TableLine) -> Void) async throws {
    let content = try await content(entry)
    var lines = LineSplitter()
    while case let piece = try await files.run({ try content.read() }), !piece.isEmpty {
      do {
        try lines.split(piece, of: entry.name) { text in
          if let line = TableLine(line: text) { body(line) }
        }
      } catch is ArchiveDamage {
        return
      }
    }
  }

  /// One by one where one of them is none that the table takes; gives how many are none.
  private func restore(_ lines: [TableLine], into table: String) async throws -> Int {
    guard !lines.isEmpty else { return 0 }
    do {
      try await target.poses.restore(lines, into: table)
      return 0
    } catch let error as PoseVaultError where error.code == .badRequest || error.code == .internal {
      guard lines.count > 1 else { return 1 }
      var damaged = 0
      for line in lines { damaged += try await restore([line], into: table) }
      return damaged
    }
  }

  private func ids(of table: String) async throws -> Set<Int> {
    try await target.poses.withSnapshot { snapshot in
      var ids: Set<Int> = []
      var last: Int?
      while case let page = try await snapshot.lines(of: table, after: last, limit: 1000), let end = page.last {
        ids.formUnion(page.map(\.id))
        last = end.id
      }
      return ids
    }
  }

  private func sha256(of id: ImageID) async throws -> ContentDigest? {
    guard let bytes = try await target.images.read(id, range: nil) else { return nil }
    var sha256 = SHA256()
    for try await piece in bytes { piece.withUnsafeReadableBytes { sha256.update(bufferPointer: $0) } }
    try Task.checkCancellation()
    return ContentDigest(bytes: sha256.finalize())
  }
}

/// An entry's bytes as a store takes them.
private struct ContentBytes: AsyncSequence, Sendable {
  let content: EntryContent
  let files: BlockingPool

  func makeAsyncIterator() -> Iterator { Iterator(content: content, files: files) }

  struct Iterator: AsyncIteratorProtocol {
    let content: EntryContent
    let files: BlockingPool

    mutating func next() async throws -> ByteBuffer? {
      let piece = try await files.run { [content] in try content.read() }
      return piece.isEmpty ? nil : ByteBuffer(bytes: piece)
    }
  }
}
