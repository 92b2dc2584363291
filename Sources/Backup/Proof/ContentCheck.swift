import PoseCore

/// Reads all of an archive's content and compares it with what the archive says.
// Guarded by: its one user makes one call, once.
final class ContentCheck: @unchecked Sendable {
  private let inventory: Inventory
  private let poses: any ArchivablePoses
  private let files: BlockingPool
  private let report: @Sendable (Double) -> Void
  private var found: [ArchiveDamage] = []
  private var rows: RestoredRows
  private var documents: ListedPictures

  init(
    inventory: Inventory, documents: ListedPictures, poses: any ArchivablePoses, files: BlockingPool,
    report: @escaping @Sendable (Double) -> Void
  ) {
    self.inventory = inventory
    self.poses = poses
    self.files = files
    self.report = report
    rows = RestoredRows(inventory)
    self.documents = documents
  }

  /// What is wrong with the archive; a few findings at most.
  func findings(_ path: String, passphrase: String?) async throws -> [ArchiveDamage] {
    let reader = try await files.run { try ZipReader(path: path, passphrase: passphrase) }
    // those in packs were read before
    let total = inventory.records.reduce(0) { $0 + Double($1.size) }
    var read = 0.0
    while found.count < Self.enough, let (name, _) = try await files.run({ try reader.next() }) {
      guard let record = inventory.record(name) else { continue }
      do {
        try await check(record, reader)
      } catch let damage as ArchiveDamage {
        found.append(damage)
      }
      read += Double(record.size)
      report(min(read / max(total, 1), 1))
    }
    guard found.isEmpty else { return found }
    found += try await files.run { try self.documents.missing(atMost: Self.enough) }
    found += try await rows.compare(with: poses)
    for table in inventory.manifest.tables where poses.tables.contains(table.name) {
      found += try await compare(table, at: path, passphrase: passphrase)
    }
    return found
  }

  /// Reads a table's rows again, beside those that were restored.
  private func compare(_ table: Manifest.Table, at path: String, passphrase: String?) async throws -> [ArchiveDamage] {
    let lines = try await TableLines(of: table, at: path, passphrase: passphrase, files: files)
    do {
      try await lines.compare(with: poses)
      return []
    } catch let damage as ArchiveDamage {
      return [damage]
    }
  }

  private func check(_ record: EntryRecord, _ reader: ZipReader) async throws {
    let entry = CheckedEntry(record, reader)
    switch record.name {
    case .dump:
      while case let piece = try await files.run({ try entry.read() }), !piece.isEmpty {
        try Task.checkCancellation()
        try await files.run { try self.rows.read(piece) }
        try await rows.restore(into: poses)
      }
      try await rows.finish(into: poses)
    case .files:
      while case let piece = try await files.run({ try entry.read() }), !piece.isEmpty {
        try Task.checkCancellation()
        try await files.run { try self.documents.read(piece) }
      }
      try documents.finish()
    case .table(let name):
      guard let listed = inventory.manifest.tables.first(where: { $0.name == name }) else { return }
      var table = RestoredTable(listed, isKnown: poses.tables.contains(name))
      while case let piece = try await files.run({ try entry.read() }), !piece.isEmpty {
        try Task.checkCancellation()
        try await table.restore(piece, into: poses)
      }
      try await table.finish(into: poses)
    case .guide, .chunks, .places, .packs, .entries, .manifest, .picture, .other:
      while try await files.run({ try entry.skip() }) { try Task.checkCancellation() }
    }
  }

  private static let enough = 20
}
