import PoseCore

/// Compares `images.files.json` with the pictures beside it, line by line.
struct ListedPictures {
  private let inventory: Inventory
  private var lines = LineSplitter()
  private var line = 0
  /// Whether a document told of it, for each of the inventory's records.
  private var isListed: [Bool]
  /// What is known to be damaged need not be what was uploaded.
  private let damaged: [ImageID: Int]

  init(_ inventory: Inventory) {
    self.inventory = inventory
    isListed = Array(repeating: false, count: inventory.records.count)
    damaged = Dictionary(inventory.manifest.damaged.map { ($0.imageID, $0.bytes) }) { first, _ in first }
  }

  mutating func read(_ piece: [UInt8]) throws {
    var splitter = lines
    try splitter.split(piece, of: .files) { try check($0) }
    lines = splitter
  }

  func finish() throws {
    try lines.finish(.files)
  }

  /// The first few pictures that no document tells of, or that are not as damaged as the manifest says.
  func missing(atMost limit: Int) -> [ArchiveDamage] {
    let others = damaged.lazy.filter { id, bytes in inventory.picture(id)?.size != bytes }.prefix(limit).map { id, _ in
      ArchiveDamage(EntryName.manifest.text, "tells of the damaged picture \(id), which is not in the archive so")
    }
    guard others.isEmpty else { return Array(others) }
    let unlisted = zip(inventory.records, isListed).lazy.filter { record, isListed in
      if case .picture = record.name { !isListed } else { false }
    }
    return unlisted.prefix(limit).map { record, _ in
      ArchiveDamage(record.name.text, "images.files.json has no document of it")
    }
  }

  private mutating func check(_ text: ArraySlice<UInt8>) throws {
    line += 1
    guard let document = try? FilesDocument(json: text) else {
      throw ArchiveDamage(EntryName.files.text, "line \(line): not a document of a picture")
    }
    guard let index = inventory.index(ofPicture: document.id) else {
      throw ArchiveDamage(EntryName.files.text, "line \(line): the picture \(document.id) is missing")
    }
    guard !isListed[index] else {
      throw ArchiveDamage(EntryName.files.text, "line \(line): tells of the picture \(document.id) again")
    }
    isListed[index] = true
    let picture = inventory.records[index]
    guard picture.size == document.length else {
      throw ArchiveDamage(picture.name.text, "has \(picture.size) bytes, but \(document.length) were uploaded")
    }
    guard damaged[document.id] != nil || document.sha256.map({ $0 == picture.sha256.text }) ?? true else {
      throw ArchiveDamage(
        picture.name.text, "is not what was uploaded: its SHA-256 is another one than recorded then")
    }
  }
}
