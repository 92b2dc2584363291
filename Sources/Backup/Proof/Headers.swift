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
      case .entries where list == nil: list = try Self.readList(reader)
      case .manifest, .entries: throw ArchiveDamage(name.text, "is in the archive twice")
      case .dump, .files, .chunks, .picture: present.append(Entry(name: name, declared: size))
      }
    }
    present.sort { $0.name < $1.name }
    if let name = Self.repeated(present.lazy.map(\.name)) {
      throw ArchiveDamage(name.text, "is in the archive twice")
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

  private static func readList(_ reader: ZipReader) throws -> List {
    var (lines, sha256, records) = (LineSplitter(), SHA256(), [EntryRecord]())
    while case let piece = try reader.read(), !piece.isEmpty {
      sha256.update(data: piece)
      try lines.split(piece, of: .entries) { line in
        guard let record = EntryRecord(line: line) else {
          throw ArchiveDamage(EntryName.entries.text, "has a line that names no entry")
        }
        records.append(record)
      }
    }
    try lines.finish(.entries)
    records.sort { $0.name < $1.name }
    if let name = repeated(records.lazy.map(\.name)) {
      throw ArchiveDamage(EntryName.entries.text, "lists \(name.text) twice")
    }
    return List(records: records, sha256: sha256.finalize())
  }

  /// A name that is there more than once.
  private static func repeated(_ sorted: some Collection<EntryName>) -> EntryName? {
    zip(sorted, sorted.dropFirst()).first { $0 == $1 }?.0
  }

  private static let manifestLimit = 64 << 20
}
