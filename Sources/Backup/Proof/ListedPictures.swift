import PoseCore

/// Compares `images.files.json` with the pictures, line by line. Blocks if these are in packs.
struct ListedPictures {
  private let inventory: Inventory
  private var lines = LineSplitter()
  private var line = 0
  /// Whether there was a document for it, for each of the inventory's records.
  private var isListed: [Bool]
  /// The pictures in packs that had a document.
  private let listed: (any ScratchIndex)?
  /// Known damaged pictures need not match what was uploaded.
  private let damaged: [ImageID: Int]

  /// - Parameter indexes: for the pictures of a run in a repository.
  init(_ inventory: Inventory, indexes: IndexMaker) throws {
    self.inventory = inventory
    listed = inventory.packed == nil ? nil : try indexes.make()
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

  /// The first few pictures that have no document, or whose damage differs from the manifest.
  func missing(atMost limit: Int) throws -> [ArchiveDamage] {
    let others = try damaged.filter { id, bytes in try inventory.picture(id)?.size != bytes }.prefix(limit).map {
      id, _ in
      ArchiveDamage(EntryName.manifest.text, "tells of the damaged picture \(id), which is not in the archive so")
    }
    guard others.isEmpty else { return others }
    return try unlisted(atMost: limit).map { ArchiveDamage($0.text, "images.files.json has no document of it") }
  }

  private func unlisted(atMost limit: Int) throws -> [EntryName] {
    guard let listed, let packed = inventory.packed else {
      let names = zip(inventory.records, isListed).lazy.filter { $0.name.isPicture && !$1 }.map(\.0.name)
      return Array(names.prefix(limit))
    }
    // each document told of another picture that is there
    var rest = packed.count - listed.count
    var names: [EntryName] = []
    var last: ImageID?
    while rest > 0, names.count < limit, case let page = try packed.pictures(after: last, limit: 1000),
      let end = page.last
    {
      for picture in page where try listed.value(of: picture.id.bytes) == nil {
        names.append(picture.record.name)
        rest -= 1
      }
      last = end.id
    }
    return Array(names.prefix(limit))
  }

  /// Records that a document described a picture; false if one has already.
  private mutating func note(_ id: ImageID) throws -> Bool {
    if let listed { return try listed.insert([1], for: id.bytes) }
    guard let index = inventory.index(ofPicture: id), !isListed[index] else { return false }
    isListed[index] = true
    return true
  }

  private mutating func check(_ text: ArraySlice<UInt8>) throws {
    line += 1
    guard let document = try? FilesDocument(json: text) else {
      throw ArchiveDamage(EntryName.files.text, "line \(line): not a document of a picture")
    }
    guard let picture = try inventory.picture(document.id) else {
      throw ArchiveDamage(EntryName.files.text, "line \(line): the picture \(document.id) is missing")
    }
    guard try note(document.id) else {
      throw ArchiveDamage(EntryName.files.text, "line \(line): tells of the picture \(document.id) again")
    }
    guard picture.size == document.length else {
      throw ArchiveDamage(picture.name.text, "has \(picture.size) bytes, but \(document.length) were uploaded")
    }
    guard damaged[document.id] != nil || document.sha256.map({ $0 == picture.sha256.text }) ?? true else {
      throw ArchiveDamage(
        picture.name.text, "is not what was uploaded: its SHA-256 is another one than recorded then")
    }
  }
}
