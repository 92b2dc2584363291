import PoseCore

/// Compares `images.files.json` with the pictures beside it, line by line.
struct ListedPictures {
  private let inventory: Inventory
  private var lines = LineSplitter()
  private var line = 0
  private var listed: Set<ImageID> = []

  init(_ inventory: Inventory) {
    self.inventory = inventory
  }

  mutating func read(_ piece: [UInt8]) throws {
    var splitter = lines
    try splitter.split(piece, of: .files) { try check($0) }
    lines = splitter
  }

  func finish() throws {
    try lines.finish(.files)
  }

  /// Pictures that no document tells of.
  var missing: [ArchiveDamage] {
    inventory.items.keys.compactMap { name in
      guard case .picture(let id, _) = name, !listed.contains(id) else { return nil }
      return ArchiveDamage(name.text, "images.files.json has no document of it")
    }
  }

  private mutating func check(_ text: ArraySlice<UInt8>) throws {
    line += 1
    guard let document = try? FilesDocument(json: text) else {
      throw ArchiveDamage(EntryName.files.text, "line \(line): not a document of a picture")
    }
    guard let picture = inventory.picture(document.id) else {
      throw ArchiveDamage(EntryName.files.text, "line \(line): the picture \(document.id) is missing")
    }
    guard listed.insert(document.id).inserted else {
      throw ArchiveDamage(EntryName.files.text, "line \(line): tells of the picture \(document.id) again")
    }
    guard picture.size == document.length else {
      throw ArchiveDamage(picture.name, "has \(picture.size) bytes, but \(document.length) were uploaded")
    }
    guard document.sha256 ?? picture.sha256 == picture.sha256 else {
      throw ArchiveDamage(picture.name, "is not what was uploaded: its SHA-256 is another one than recorded then")
    }
  }
}
