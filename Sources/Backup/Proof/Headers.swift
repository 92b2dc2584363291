import Crypto
import PoseCore

/// One walk through an archive's headers, which reads the two entries that tell of the others.
struct Headers {
  struct Entry {
    let name: EntryName
    /// In bytes; nil where the archive's directory doesn't tell.
    let declared: Int?
  }

  struct List {
    fileprivate(set) var records: [EntryRecord] = []
    fileprivate(set) var sha256: SHA256Digest
    /// By kind; lines without one are counted as nil.
    fileprivate(set) var kinds: [String?: Int] = [:]
  }

  /// All but the manifest and the list, by ascending name, each once.
  private(set) var present: [Entry] = []
  private(set) var manifest: Manifest?
  /// By ascending name, each once.
  private(set) var list: List?
  let archiveLength: Int

  /// Blocks. Throws ``ArchiveDamage`` for what no archive holds or lists.
  init(_ path: String, passphrase: String?) throws {
    // headers lie far apart: small blocks save reading what lies between them
    let reader = try ZipReader(path: path, passphrase: passphrase, blockLength: 16 * 1024)
    archiveLength = reader.length
    while let (name, size) = try reader.next() {
      switch name {
      case .manifest where manifest == nil: manifest = try Manifest(json: Self.read(reader))
      case .entries where list == nil: list = try Self.readList(reader, mostEntries: reader.length / Self.leastEntry)
      case .manifest, .entries: throw ArchiveDamage(name.text, "occurs twice in the archive")
      case .guide, .dump, .files, .chunks, .picture, .table, .places, .packs, .other:
        present.append(Entry(name: name, declared: size))
      }
    }
    present.sort { $0.name < $1.name }
    if let name = Self.repeated(present.lazy.map(\.name)) {
      throw ArchiveDamage(name.text, "occurs twice in the archive")
    }
    try checkNames()
  }

  /// The names that only later formats have: none in format 1, and none that some systems take for another's.
  private func checkNames() throws {
    var seen: Set<String> = []
    // all but pictures, which come last
    for name in present.lazy.map(\.name) where !name.isPicture {
      guard seen.insert(name.text.lowercased()).inserted else {
        throw ArchiveDamage(name.text, "occurs twice in the archive")
      }
    }
    guard manifest?.format == 1, let name = present.lazy.map(\.name).first(where: { !$0.isOfFirstFormat }) else {
      return
    }
    throw ArchiveDamage("the archive", "holds \"\(name.text.prefix(100))\", which is not part of a PoseVault backup")
  }

  private static func read(_ reader: ZipReader) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while case let piece = try reader.read(), !piece.isEmpty {
      bytes += piece
      guard bytes.count <= manifestLimit else { throw ArchiveDamage(EntryName.manifest.text, "is too long") }
    }
    return bytes
  }

  private static func readList(_ reader: ZipReader, mostEntries: Int) throws -> List {
    var lines = LineSplitter()
    var sha256 = SHA256()
    var records = [EntryRecord]()
    var kinds: [String?: Int] = [:]
    while case let piece = try reader.read(), !piece.isEmpty {
      sha256.update(data: piece)
      try lines.split(piece, of: .entries) { line in
        guard let listed = ListedEntry(line: line) else {
          throw ArchiveDamage(EntryName.entries.text, "has a line that names no entry")
        }
        records.append(listed.record)
        guard records.count <= mostEntries else {
          throw ArchiveDamage(EntryName.entries.text, "lists more entries than an archive of this size can hold")
        }
        kinds[listed.kind, default: 0] += 1
        guard kinds.count <= maxKinds else {
          throw ArchiveDamage(EntryName.entries.text, "lists entries of more than \(maxKinds) kinds")
        }
      }
    }
    try lines.finish(.entries)
    records.sort { $0.name < $1.name }
    if let name = repeated(records.lazy.map(\.name)) {
      throw ArchiveDamage(EntryName.entries.text, "lists \(name.text) twice")
    }
    return List(records: records, sha256: sha256.finalize(), kinds: kinds)
  }

  /// A name that is there more than once.
  private static func repeated(_ sorted: some Collection<EntryName>) -> EntryName? {
    zip(sorted, sorted.dropFirst()).first { $0 == $1 }?.0
  }

  private static let manifestLimit = 64 << 20
  private static let maxKinds = 100
  /// In bytes: both headers of an entry that is empty, and its name of one letter twice.
  static let leastEntry = 30 + 46 + 2
}
