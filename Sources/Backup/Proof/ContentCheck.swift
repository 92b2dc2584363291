import Crypto
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
    inventory: Inventory, poses: any ArchivablePoses, files: BlockingPool, report: @escaping @Sendable (Double) -> Void
  ) {
    (self.inventory, self.poses, self.files, self.report) = (inventory, poses, files, report)
    rows = RestoredRows(inventory)
    documents = ListedPictures(inventory)
  }

  /// What is wrong with the archive; a few findings at most.
  func findings(_ path: String, passphrase: String?) async throws -> [ArchiveDamage] {
    let reader = try await files.run { try ZipReader(path: path, passphrase: passphrase) }
    let total = inventory.items.values.reduce(0) { $0 + Double($1.record?.size ?? 0) }
    var read = 0.0
    while found.count < Self.enough, let (name, _) = try await files.run({ try reader.next() }) {
      guard let record = inventory.items[name]?.record else { continue }
      do {
        try await check(name, record, reader)
      } catch let damage as ArchiveDamage {
        found.append(damage)
      }
      read += Double(record.size)
      report(min(read / max(total, 1), 1))
    }
    guard found.isEmpty else { return found }
    found += documents.missing
    found += try await rows.compare(with: poses)
    return found
  }

  private func check(_ name: EntryName, _ record: EntryRecord, _ reader: ZipReader) async throws {
    let sha256 = EntryDigest()
    while case let piece = try await files.run({ try sha256.read(reader) }), !piece.isEmpty {
      try Task.checkCancellation()
      guard sha256.length <= record.size else { throw ArchiveDamage(name.text, "is longer than listed") }
      switch name {
      case .dump: try await rows.restore(piece, into: poses)
      case .files: try documents.read(piece)
      case .chunks, .entries, .manifest, .picture: break
      }
    }
    guard sha256.length == record.size else {
      throw ArchiveDamage(name.text, "has \(sha256.length) bytes, not \(record.size) as listed")
    }
    guard sha256.text == record.sha256 else {
      throw ArchiveDamage(name.text, "its bytes are not those that were written: the SHA-256 differs")
    }
    switch name {
    case .dump: try await rows.finish(into: poses)
    case .files: try documents.finish()
    case .chunks, .entries, .manifest, .picture: break
    }
  }

  private static let enough = 20
}

/// The SHA-256 of an entry as it is read.
// Guarded by: its one user makes one call after another.
private final class EntryDigest: @unchecked Sendable {
  private var sha256 = SHA256()
  private(set) var length = 0

  func read(_ reader: ZipReader) throws -> [UInt8] {
    let piece = try reader.read()
    sha256.update(data: piece)
    length += piece.count
    return piece
  }

  var text: String { Hexadecimal.text(sha256.finalize()) }
}
