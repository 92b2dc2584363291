import PoseCore

/// The name of an entry.
enum EntryName: Hashable {
  /// `RESTORE.txt`, for a person who has nothing but the archive.
  case guide
  case dump, files, chunks, entries, manifest
  /// `pictures.jsonl` and `packs.jsonl`, for a run in a repository.
  case places, packs
  case picture(ImageID, FileEnding)
  /// The rows of one of our tables besides `poses`.
  case table(String)
  /// What a later version may have added.
  case other(String)

  /// nil for any name that an archive can't contain.
  init?(_ text: String) {
    if let name = Self.fixed.first(where: { $0.text == text }) {
      self = name
    } else if text.hasPrefix(Self.pictures) {
      let parts = text.dropFirst(Self.pictures.count).split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, let id = ImageID(parts[0]), let ending = FileEnding(parts[1]) else { return nil }
      self = .picture(id, ending)
      // an id in capitals would be a second name for the same picture
      guard self.text == text else { return nil }
    } else if text.hasPrefix(Self.tables) {
      guard text.hasSuffix(Self.lines) else { return nil }
      let table = String(text.dropFirst(Self.tables.count).dropLast(Self.lines.count))
      guard Self.isTable(table) else { return nil }
      self = .table(table)
    } else {
      guard Self.isSafe(text), !Self.fixed.contains(where: { $0.text.lowercased() == text.lowercased() }) else {
        return nil
      }
      self = .other(text)
    }
  }

  var text: String {
    switch self {
    case .guide: "RESTORE.txt"
    case .dump: "mysql/poses.sql"
    case .files: "mongodb/images.files.json"
    case .chunks: "mongodb/images.chunks.json"
    case .entries: "entries.jsonl"
    case .manifest: "manifest.json"
    case .places: "pictures.jsonl"
    case .packs: "packs.jsonl"
    case .picture(let id, let ending): "\(Self.pictures)\(id).\(ending.text)"
    case .table(let name): "\(Self.tables)\(name)\(Self.lines)"
    case .other(let text): text
    }
  }

  /// nil if the name alone doesn't show it.
  var kind: EntryKind? {
    switch self {
    case .guide: .text
    case .dump: .poses
    case .files: .documents
    case .chunks: .chunks
    case .picture: .picture
    case .table: .table
    case .places: .places
    case .packs: .packs
    case .entries, .manifest, .other: nil
    }
  }

  /// Whether archives of format 1 had entries with that name.
  var isOfFirstFormat: Bool {
    switch self {
    case .dump, .files, .chunks, .entries, .manifest: true
    case .picture(_, let ending): Self.firstEndings.contains(ending.text)
    case .guide, .table, .places, .packs, .other: false
    }
  }

  /// Pictures are already compressed.
  var isDeflated: Bool { !isPicture }

  var isPicture: Bool { picture != nil }

  /// nil for anything but a picture.
  var picture: ImageID? {
    guard case .picture(let id, _) = self else { return nil }
    return id
  }

  /// Whether `text` may be the name of one of our tables.
  static func isTable(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
  }

  /// Whether every system unpacks it into the chosen folder: relative, plain ASCII, no part that begins or ends with a
  /// dot.
  private static func isSafe(_ text: String) -> Bool {
    guard (1...200).contains(text.utf8.count) else { return false }
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.count <= 8
      && parts.allSatisfy { part in
        part.first != UInt8(ascii: ".") && part.last != UInt8(ascii: ".") && !part.isEmpty
          && part.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
              UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
              true
            default: false
            }
          }
      }
  }

  /// The smallest of all names that a picture could have.
  static func least(ofPicture id: ImageID) -> EntryName { .picture(id, .least) }

  private static let fixed: [EntryName] = [.guide, .dump, .files, .chunks, .places, .packs, .entries, .manifest]
  private static let firstEndings = ["jpg", "png", "webp", "bin"]
  private static let pictures = "images/"
  private static let tables = "tables/"
  private static let lines = ".jsonl"
}

extension EntryName: Comparable {
  /// Pictures by their ids, after all others.
  static func < (a: EntryName, b: EntryName) -> Bool {
    switch (a, b) {
    case (.picture(let id, let ending), .picture(let other, let otherEnding)):
      id == other ? ending < otherEnding : id < other
    case (.picture, _): false
    case (_, .picture): true
    default: a.text < b.text
    }
  }
}
