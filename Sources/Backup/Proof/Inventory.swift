import Crypto
import PoseCore

/// What an archive says that it holds, checked before any of its content is used.
struct Inventory {
  private(set) var manifest: Manifest
  /// What `entries.jsonl` lists and the archive holds, by ascending name.
  private(set) var records: [EntryRecord]
  /// Where the pictures lie; nil where the archive itself holds them.
  private(set) var packed: PackedPictures?

  /// Blocks. Throws ``ArchiveDamage`` for an archive that must not be used any further.
  ///
  /// - Parameter indexes: for the pictures of a run in a repository.
  init(_ path: String, passphrase: String?, indexes: IndexMaker) throws {
    let headers = try Headers(path, passphrase: passphrase)
    guard let manifest = headers.manifest else { throw ArchiveDamage(EntryName.manifest.text, "is missing") }
    guard let list = headers.list else { throw ArchiveDamage(EntryName.entries.text, "is missing") }
    guard Hexadecimal.text(list.sha256) == manifest.entriesSHA256 else {
      throw ArchiveDamage(EntryName.entries.text, "is not the list that manifest.json was written for")
    }
    self.manifest = manifest
    records = list.records
    try compare(with: headers.present)
    try checkKinds(list.kinds)
    tellUnknown()
    try check(archiveLength: headers.archiveLength)
    guard let totals = manifest.packs else { return }
    try readPlaces(path, passphrase: passphrase, totals: totals, indexes: indexes)
  }

  private mutating func readPlaces(
    _ path: String, passphrase: String?, totals: Manifest.PackTotals, indexes: IndexMaker
  ) throws {
    guard let packs = record(.packs), let places = record(.places) else {
      throw ArchiveDamage(EntryName.manifest.text, "mentions packs, but there is no list of them")
    }
    let packed = try PackedPictures(
      path, passphrase: passphrase, packs: packs, places: places, indexes: indexes)
    guard packed.count == manifest.pictures, packed.bytes == manifest.pictureBytes, packed.totals == totals else {
      throw ArchiveDamage(
        EntryName.manifest.text,
        "tells of \(manifest.pictures) pictures of \(manifest.pictureBytes) bytes in \(totals.count) packs, but there are "
          + "\(packed.count) of \(packed.bytes) bytes in \(packed.totals.count)")
    }
    self.packed = packed
  }

  func record(_ name: EntryName) -> EntryRecord? {
    let index = firstIndex(from: name)
    return index < records.count && records[index].name == name ? records[index] : nil
  }

  /// The picture of that id, whatever its kind. Blocks where the pictures lie in packs.
  func picture(_ id: ImageID) throws -> EntryRecord? {
    if let packed { return try packed.picture(id)?.record }
    return index(ofPicture: id).map { records[$0] }
  }

  /// Where in ``records`` the picture of that id is, whatever its kind; nil where it lies in a pack.
  func index(ofPicture id: ImageID) -> Int? {
    let index = firstIndex(from: .least(ofPicture: id))
    guard index < records.count, case .picture(id, _) = records[index].name else { return nil }
    return index
  }

  private func firstIndex(from name: EntryName) -> Int {
    var low = 0
    var high = records.count
    while low < high {
      let middle = (low + high) / 2
      if records[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Both are in the order of their names.
  private func compare(with present: [Headers.Entry]) throws {
    var rest = present[...]
    for record in records {
      guard let entry = rest.first, entry.name <= record.name else {
        throw ArchiveDamage(record.name.text, "is missing")
      }
      guard entry.name == record.name else {
        throw ArchiveDamage(entry.name.text, "is in the archive, but not in its list")
      }
      guard entry.declared ?? record.size == record.size, record.size >= 0 else {
        throw ArchiveDamage(record.name.text, "has \(entry.declared ?? 0) bytes, not \(record.size) as listed")
      }
      rest.removeFirst()
    }
    if let entry = rest.first { throw ArchiveDamage(entry.name.text, "is in the archive, but not in its list") }
  }

  private func checkKinds(_ found: [String?: Int]) throws {
    let listed = found.compactMap { kind, count in kind.map { EntryCount(kind: $0, count: count) } }
    let isComplete = manifest.format == 1 ? listed.isEmpty : found[nil] == nil
    guard isComplete, listed.sorted(by: { $0.kind < $1.kind }) == manifest.kinds.sorted(by: { $0.kind < $1.kind })
    else {
      throw ArchiveDamage(EntryName.entries.text, "lists other kinds of entries than manifest.json")
    }
    let tables = records.lazy.filter { $0.name.kind == .table }.map(\.name)
    guard tables.elementsEqual(manifest.tables.map { EntryName.table($0.name) }.sorted()) else {
      throw ArchiveDamage(EntryName.manifest.text, "lists other tables than the archive has")
    }
  }

  /// What this version keeps, but can't use.
  private mutating func tellUnknown() {
    for kind in manifest.kinds where EntryKind(rawValue: kind.kind) == nil {
      manifest.unknown.append(
        "It holds \(kind.count) \(kind.count == 1 ? "entry" : "entries") of a kind that this version does not know: "
          + "\(kind.kind).")
    }
    let columns = manifest.columns.filter { name in !DumpColumn.all.contains { $0.name == name } }
    if !columns.isEmpty {
      manifest.unknown.append(
        "Its table poses has columns that this version does not know: "
          + "\(columns.map { String($0.prefix(64)) }.joined(separator: ", ")).")
    }
  }

  private func check(archiveLength: Int) throws {
    var pictures = 0
    var pictureBytes = 0
    var otherBytes = 0
    var last = ImageID?.none
    for record in records {
      guard case .picture(let id, _) = record.name else {
        switch record.name {
        case .other, .places, .packs: (otherBytes, _) = otherBytes.addingReportingOverflow(record.size)
        default: break
        }
        // deflate packs a thousand bytes into one at best, and nothing that is worth keeping is so even
        guard (0...min(archiveLength, .max / 100) * 100).contains(otherBytes) else {
          throw ArchiveDamage(record.name.text, "has an impossible size")
        }
        continue
      }
      guard id != last else { throw ArchiveDamage(record.name.text, "occurs in two formats") }
      pictures = pictures + 1
      last = id
      // pictures are stored as they are: more bytes than the archive has can only be a bomb
      (pictureBytes, _) = pictureBytes.addingReportingOverflow(record.size)
      guard (0...archiveLength).contains(pictureBytes) else {
        throw ArchiveDamage("the archive", "has \(archiveLength) bytes, but its pictures are said to have more")
      }
    }
    for name in [EntryName.dump, .files] where record(name) == nil { throw ArchiveDamage(name.text, "is missing") }
    // those in packs are counted with these
    let isHere = manifest.packs == nil
    guard records.count == manifest.entries, pictures == (isHere ? manifest.pictures : 0),
      pictureBytes == (isHere ? manifest.pictureBytes : 0)
    else {
      throw ArchiveDamage(
        EntryName.manifest.text,
        "tells of \(manifest.entries) entries and \(manifest.pictures) pictures of \(manifest.pictureBytes) bytes, "
          + "but there are \(records.count), \(pictures) and \(pictureBytes)")
    }
  }
}
