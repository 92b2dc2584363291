import Crypto
import NIOCore
import PoseCore

/// One restore's way from a proven archive into the stores.
struct Filling: Sendable {
  let archive: ProvenArchive
  let scope: RestoreScope
  let target: RestoreTarget
  let files: BlockingPool
  let report: ArchiveRestorer.Report

  /// Puts all pictures' documents where each can be found.
  func spoolDocuments(in folder: String, indexes: IndexMaker) async throws -> DocumentSpool {
    try await files.run { [archive] in
      let spool = try DocumentSpool(in: folder, indexes: indexes)
      let entry = try archive.entry(.files)
      var lines = LineSplitter()
      while case let piece = try entry.read(), !piece.isEmpty {
        try lines.split(piece, of: .files) { try spool.append($0) }
      }
      try lines.finish(.files)
      return spool
    }
  }

  /// Stores the pictures that aren't there yet. One that is there is whole, and compared in the end.
  func restorePictures(_ documents: DocumentSpool) async throws {
    if let packed = archive.inventory.packed { return try await restorePictures(of: packed, documents) }
    let reader = try await files.run { [archive] in try archive.reader() }
    var count = 0
    while let entry = try await files.run({ [archive] in try archive.next(reader, \.isPicture) }) {
      try Task.checkCancellation()
      guard case .picture(let id, _) = entry.name else { continue }
      if try await target.images.find(id) == nil {
        let document = try await files.run { try documents.document(of: id) }
        let image = try FilesDocument.image(json: document, sha256: entry.record.sha256.text)
        guard image.id == id, image.length == entry.record.size else {
          throw ArchiveDamage(entry.name.text, "its document is that of another picture")
        }
        try await target.images.restore(image, EntryBytes(entry: entry, files: files), document: document)
      }
      count += 1
      report(.pictures, Double(count) / Double(max(archive.inventory.manifest.pictures, 1)))
    }
  }

  /// Stores the rows that aren't there yet: they come by ascending ids, so those are the ones behind the last.
  func restoreRows() async throws {
    let last = try await target.poses.withSnapshot { try await $0.totals().lastID } ?? .min
    let rows = try await DumpRows(archive, files)
    var count = 0
    while let page = try await rows.next() {
      try Task.checkCancellation()
      let missing = page.filter { $0.id > last }
      if !missing.isEmpty { try await target.poses.restore(missing) }
      count += page.count
      report(.rows, Double(count) / Double(max(archive.inventory.manifest.archivedRows, 1)))
    }
    try await target.poses.continueIDs(at: archive.inventory.manifest.nextID)
  }

  /// Our tables that the archive holds and this version knows, in the same way.
  func restoreTables() async throws {
    for table in knownTables {
      try await restore(table)
    }
  }

  private func restore(_ table: Manifest.Table) async throws {
    let lines = try await self.lines(of: table)
    var last = try await lastID(of: table)
    while let page = try await lines.next() {
      try Task.checkCancellation()
      let missing = page.filter { line in last.map { line.id > $0 } ?? true }
      if !missing.isEmpty { try await target.poses.restore(missing, into: table.name) }
      last = max(last ?? .min, page.last?.id ?? .min)
    }
  }

  func compareTables() async throws {
    for table in knownTables { try await compare(table) }
  }

  private func compare(_ table: Manifest.Table) async throws {
    do {
      try await lines(of: table).compare(with: target.poses)
    } catch let damage as ArchiveDamage {
      throw Self.difference(damage.line)
    }
  }

  private func lines(of table: Manifest.Table) async throws -> TableLines {
    try await TableLines(of: table, at: archive.path, passphrase: archive.passphrase, files: files)
  }

  private var knownTables: [Manifest.Table] {
    archive.inventory.manifest.tables.filter { table in
      // what lies in the trash is pictures; the trail is restored by itself
      target.poses.tables.contains(table.name) && (scope == .everything || table.name != TrashLine.table)
        && ![AuditLine.table, AuditChain.table].contains(table.name)
    }
  }

  /// The audit trail, where the archive holds it, and compares it. Those who write here meanwhile write into it, too.
  func restoreTrail(of fingerprint: String) async throws {
    let tables = archive.inventory.manifest.tables
    guard target.poses.trail != nil, let table = tables.first(where: { $0.name == AuditLine.table }) else { return }
    var chains: [AuditChain] = []
    if let listed = tables.first(where: { $0.name == AuditChain.table }) {
      let lines = try await self.lines(of: listed)
      while let page = try await lines.next() { chains += try page.map { try AuditChain($0) } }
    }
    let trail = TrailRestore(target: target, fingerprint: fingerprint)
    let isWanted = try await trail.begin(chains, upTo: table.lastID ?? 0) { heads in
      var parts: Set<String> = []
      let lines = try await self.lines(of: table)
      while let page = try await lines.next() {
        parts.formUnion(try page.map { try AuditLine($0) }.filter { $0.isNewest(of: heads) }.map(\.entry.server))
      }
      return parts
    }
    guard isWanted else { return }
    try await restore(table)
    try await compare(table)
  }

  /// The last one of the archive's that is stored already.
  private func lastID(of table: Manifest.Table) async throws -> Int? {
    try await target.poses.withSnapshot { snapshot in
      var last: Int?
      while case let page = try await snapshot.lines(of: table.name, after: last, limit: Self.linesAtOnce),
        let end = page.last(where: { $0.id <= table.lastID ?? .min })
      {
        last = end.id
      }
      return last
    }
  }

  private static let linesAtOnce = 1000
}

/// An entry's bytes as a store takes them; they end in an error unless they were as listed.
private struct EntryBytes: AsyncSequence, Sendable {
  let entry: CheckedEntry
  let files: BlockingPool

  func makeAsyncIterator() -> Iterator { Iterator(entry: entry, files: files) }

  struct Iterator: AsyncIteratorProtocol {
    let entry: CheckedEntry
    let files: BlockingPool

    mutating func next() async throws -> ByteBuffer? {
      let piece = try await files.run { [entry] in try entry.read() }
      return piece.isEmpty ? nil : ByteBuffer(bytes: piece)
    }
  }
}

/// Does the store hold what the archive does, nothing less and nothing more?
extension Filling {
  /// Reads every picture as it is stored now.
  func comparePictures() async throws {
    var count = 0
    var last = ImageID?.none
    let expected = archive.inventory.manifest.pictures
    while case let page = try await target.images.list(after: last, limit: Self.picturesAtOnce), let end = page.last {
      for image in page {
        try Task.checkCancellation()
        guard let record = try await files.run({ [archive] in try archive.inventory.picture(image.id) }) else {
          throw Self.difference("it holds the picture \(image.id), which the archive does not")
        }
        guard try await sha256(of: image.id) == record.sha256 else {
          throw Self.difference("the picture \(image.id) is not that of the archive")
        }
        count += 1
        report(.comparison, Double(count) / Double(max(expected, 1)) / 2)
      }
      last = end.id
    }
    guard count == expected else { throw Self.difference("it holds \(count) pictures, the archive \(expected)") }
  }

  private func sha256(of id: ImageID) async throws -> ContentDigest? {
    guard let bytes = try await target.images.read(id, range: nil) else { return nil }
    var sha256 = SHA256()
    for try await piece in bytes { piece.withUnsafeReadableBytes { sha256.update(bufferPointer: $0) } }
    try Task.checkCancellation()
    return ContentDigest(bytes: sha256.finalize())
  }

  /// Reads every row as it is stored now, beside the dump.
  func compareRows() async throws {
    let dump = try await DumpRows(archive, files)
    let expected = archive.inventory.manifest.archivedRows
    try await target.poses.withSnapshot { snapshot in
      var count = 0
      var last = Int?.none
      while let page = try await dump.next() {
        try Task.checkCancellation()
        let stored = try await snapshot.rows(after: last, limit: page.count)
        for (index, row) in page.enumerated() {
          guard index < stored.count, stored[index].id == row.id else {
            throw Self.difference("the row \(row.id) is missing, or there is another one before it")
          }
          guard stored[index].holdsSame(as: row) else {
            throw Self.difference("the row \(row.id) is not that of the archive")
          }
        }
        count = count + page.count
        last = page.last?.id
        report(.comparison, 0.5 + Double(count) / Double(max(expected, 1)) / 2)
      }
      if let other = try await snapshot.rows(after: last, limit: 1).first {
        throw Self.difference("it holds the row \(other.id), which the archive does not")
      }
      let totals = try await snapshot.totals()
      guard totals.count == expected, count == expected else {
        throw Self.difference("it holds \(totals.count) rows, the archive \(expected)")
      }
    }
  }

  static func difference(_ what: String) -> PoseVaultError {
    PoseVaultError(
      .backupUnproven,
      "The storage does not hold what the archive does: \(what). Something else has written to it, or the restore was "
        + "not whole; give it up with `posevault backup restore --discard` and restore again.")
  }

  private static let picturesAtOnce = 500
}
