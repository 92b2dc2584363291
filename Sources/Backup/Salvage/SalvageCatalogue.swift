import Crypto
import PoseCore

/// What a damaged archive still holds, and what is known to be missing.
struct SalvageCatalogue: Sendable {
  /// The first sound entry of each name, or the first one.
  private(set) var entries: [EntryName: FoundEntry] = [:]
  /// nil where it is missing or damaged.
  private(set) var manifest: Manifest?
  /// By name, as far as the list can be read.
  private(set) var listed: [EntryName: EntryRecord] = [:]
  /// Whether the list is the one that the manifest was written for.
  private(set) var isListWhole = false

  mutating func add(_ entry: FoundEntry) {
    guard let other = entries[entry.name], other.isSound || !entry.isSound else {
      entries[entry.name] = entry
      return
    }
  }

  /// Reads the entries that tell of the others; blocks.
  mutating func readLists(_ scan: EntryScan) throws {
    if let found = entries[.manifest], found.isSound {
      var json: [UInt8] = []
      let content = try scan.content(of: found)
      while case let piece = try content.read(), !piece.isEmpty, json.count < Self.manifestLimit { json += piece }
      manifest = try? Manifest(json: json)
    }
    guard let found = entries[.entries] else { return }
    isListWhole = found.isSound && manifest.map { $0.entriesSHA256 == found.sha256.text } ?? true
    let content = try scan.content(of: found)
    // the rest of an archive that was cut off is not in its length
    let mostEntries = 1_000_000 + scan.length / Headers.leastEntry
    var lines = LineSplitter()
    while case let piece = try content.read(), !piece.isEmpty {
      let isReadable: Void? = try? lines.split(piece, of: .entries) { line in
        // a list that was packed small can name more than there ever was
        guard listed.count < mostEntries, let record = ListedEntry(line: line)?.record else { return }
        listed[record.name] = record
      }
      if isReadable == nil { break }
    }
  }

  /// Whether the entry is what was written.
  func isWhole(_ entry: FoundEntry) -> Bool {
    guard let record = listed[entry.name] else { return entry.isSound }
    return record.size == entry.size && record.sha256 == entry.sha256
  }

  /// The whole pictures, by ascending name.
  var pictures: [FoundEntry] {
    entries.values.filter { $0.name.isPicture && isWhole($0) }.sorted { $0.name < $1.name }
  }

  /// What is not whole or not there, one line each.
  var faults: [String] {
    var lines = entries.values.filter { !isWhole($0) && $0.name != .manifest && $0.name != .entries }
      .sorted { $0.name < $1.name }.map { "\($0.name.text): is damaged" }
    lines += listed.keys.filter { entries[$0] == nil }.sorted().map { "\($0.text): is missing" }
    if manifest == nil { lines.append("manifest.json: is missing or damaged") }
    if !isListWhole {
      lines.append(
        listed.isEmpty
          ? "entries.jsonl: is missing, so it is unknown what else was in the archive"
          : "entries.jsonl: is damaged, so there may have been more")
    }
    for name in [EntryName.dump, .files] where entries[name] == nil && listed[name] == nil {
      lines.append("\(name.text): is missing")
    }
    return lines
  }

  /// Names the archive by what of it is left: 16 hexadecimal digits.
  var fingerprint: String {
    var sha256 = SHA256()
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      sha256.update(data: Array("\(name.text) \(entry.sha256.text)\n".utf8))
    }
    return String(Hexadecimal.text(sha256.finalize()).prefix(16))
  }

  private static let manifestLimit = 64 << 20
}
