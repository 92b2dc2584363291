import Crypto
import PoseCore

/// What an archive says that it holds, checked before any of its content is used.
struct Inventory {
  let manifest: Manifest
  /// What `entries.jsonl` lists and the archive holds, by ascending name.
  let records: [EntryRecord]

  /// Blocks. Throws ``ArchiveDamage`` for an archive that must not be used any further.
  init(_ path: String, passphrase: String?) throws {
    let headers = try Headers(path, passphrase: passphrase)
    guard let manifest = headers.manifest else { throw ArchiveDamage(EntryName.manifest.text, "is missing") }
    guard let list = headers.list else { throw ArchiveDamage(EntryName.entries.text, "is missing") }
    guard Hexadecimal.text(list.sha256) == manifest.entriesSHA256 else {
      throw ArchiveDamage(EntryName.entries.text, "is not the list that manifest.json was written for")
    }
    (self.manifest, records) = (manifest, list.records)
    try compare(with: headers.present)
    try check(archiveLength: headers.archiveLength)
  }

  func record(_ name: EntryName) -> EntryRecord? {
    let index = firstIndex(from: name)
    return index < records.count && records[index].name == name ? records[index] : nil
  }

  /// The picture of that id, whatever its kind.
  func picture(_ id: ImageID) -> EntryRecord? {
    index(ofPicture: id).map { records[$0] }
  }

  /// Where in ``records`` the picture of that id is, whatever its kind.
  func index(ofPicture id: ImageID) -> Int? {
    let index = firstIndex(from: .least(ofPicture: id))
    guard index < records.count, case .picture(id, _) = records[index].name else { return nil }
    return index
  }

  private func firstIndex(from name: EntryName) -> Int {
    var (low, high) = (0, records.count)
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

  private func check(archiveLength: Int) throws {
    var (pictures, pictureBytes, last) = (0, 0, ImageID?.none)
    for record in records {
      guard case .picture(let id, _) = record.name else { continue }
      guard id != last else { throw ArchiveDamage(record.name.text, "is there in two formats") }
      (pictures, last) = (pictures + 1, id)
      // pictures are stored as they are: more bytes than the archive has can only be a bomb
      (pictureBytes, _) = pictureBytes.addingReportingOverflow(record.size)
      guard (0...archiveLength).contains(pictureBytes) else {
        throw ArchiveDamage("the archive", "has \(archiveLength) bytes, but its pictures are said to have more")
      }
    }
    for name in [EntryName.dump, .files] where record(name) == nil { throw ArchiveDamage(name.text, "is missing") }
    guard records.count == manifest.entries, pictures == manifest.pictures, pictureBytes == manifest.pictureBytes else {
      throw ArchiveDamage(
        EntryName.manifest.text,
        "tells of \(manifest.entries) entries and \(manifest.pictures) pictures of \(manifest.pictureBytes) bytes, "
          + "but there are \(records.count), \(pictures) and \(pictureBytes)")
    }
  }
}
