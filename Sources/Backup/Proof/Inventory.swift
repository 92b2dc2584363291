import Crypto
import PoseCore

/// What an archive says that it holds, checked before any of its content is used.
struct Inventory {
  struct Item {
    var isInArchive = false
    /// In bytes; nil where the archive's directory doesn't tell.
    var declared: Int?
    var record: EntryRecord?
  }

  let manifest: Manifest
  private(set) var items: [EntryName: Item]

  /// Blocks. Throws ``ArchiveDamage`` for an archive that must not be used any further.
  init(_ path: String, passphrase: String?) throws {
    var items: [EntryName: Item] = [:]
    var (manifest, records) = (Manifest?.none, SHA256Digest?.none)
    // headers lie far apart: small blocks save reading what lies between them
    let reader = try ZipReader(path: path, passphrase: passphrase, blockLength: 16 * 1024)
    while let (name, size) = try reader.next() {
      guard items[name, default: Item()].isInArchive == false else {
        throw ArchiveDamage(name.text, "is in the archive twice")
      }
      items[name, default: Item()].isInArchive = true
      items[name]?.declared = size
      if name == .manifest { manifest = try Manifest(json: Self.read(reader)) }
      if name == .entries { records = try Self.readRecords(reader, into: &items) }
    }
    guard let manifest else { throw ArchiveDamage(EntryName.manifest.text, "is missing") }
    guard let records else { throw ArchiveDamage(EntryName.entries.text, "is missing") }
    guard Hexadecimal.text(records) == manifest.entriesSHA256 else {
      throw ArchiveDamage(EntryName.entries.text, "is not the list that manifest.json was written for")
    }
    (self.manifest, self.items) = (manifest, items)
    try check(archiveLength: reader.length)
  }

  /// The picture of that id, whatever its kind.
  func picture(_ id: ImageID) -> EntryRecord? {
    EntryName.PictureKind.allCases.lazy.compactMap { items[.picture(id, $0)]?.record }.first
  }

  private func check(archiveLength: Int) throws {
    var (ids, pictureBytes, listed) = (Set<ImageID>(), 0, 0)
    for (name, item) in items where name != .manifest && name != .entries {
      guard let record = item.record else { throw ArchiveDamage(name.text, "is in the archive, but not in its list") }
      guard item.isInArchive else { throw ArchiveDamage(name.text, "is missing") }
      guard item.declared ?? record.size == record.size, record.size >= 0 else {
        throw ArchiveDamage(name.text, "has \(item.declared ?? 0) bytes, not \(record.size) as listed")
      }
      listed += 1
      guard case .picture(let id, _) = name else { continue }
      guard ids.insert(id).inserted else { throw ArchiveDamage(name.text, "is there in two formats") }
      // pictures are stored as they are: more bytes than the archive has can only be a bomb
      (pictureBytes, _) = pictureBytes.addingReportingOverflow(record.size)
      guard (0...archiveLength).contains(pictureBytes) else {
        throw ArchiveDamage("the archive", "has \(archiveLength) bytes, but its pictures are said to have more")
      }
    }
    for name in [EntryName.dump, .files] where items[name] == nil { throw ArchiveDamage(name.text, "is missing") }
    guard listed == manifest.entries, ids.count == manifest.pictures, pictureBytes == manifest.pictureBytes else {
      throw ArchiveDamage(
        EntryName.manifest.text,
        "tells of \(manifest.entries) entries and \(manifest.pictures) pictures of \(manifest.pictureBytes) bytes, "
          + "but there are \(listed), \(ids.count) and \(pictureBytes)")
    }
  }

  private static func read(_ reader: ZipReader) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while case let piece = try reader.read(), !piece.isEmpty {
      bytes += piece
      guard bytes.count <= manifestLimit else { throw ArchiveDamage(EntryName.manifest.text, "is too long") }
    }
    return bytes
  }

  private static func readRecords(_ reader: ZipReader, into items: inout [EntryName: Item]) throws -> SHA256Digest {
    var (lines, sha256) = (LineSplitter(), SHA256())
    while case let piece = try reader.read(), !piece.isEmpty {
      sha256.update(data: piece)
      try lines.split(piece, of: .entries) { line in
        guard let record = try? EntryRecord(line: line), let name = EntryName(record.name) else {
          throw ArchiveDamage(EntryName.entries.text, "has a line that names no entry")
        }
        guard items[name, default: Item()].record == nil else {
          throw ArchiveDamage(EntryName.entries.text, "lists \(name.text) twice")
        }
        items[name, default: Item()].record = record
      }
    }
    try lines.finish(.entries)
    return sha256.finalize()
  }

  private static let manifestLimit = 64 << 20
}
