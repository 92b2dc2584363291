import PoseCore

/// Where the pictures of a run in a repository lie, as its `packs.jsonl` and `pictures.jsonl` say; what they say fits
/// together, but no pack was looked at.
///
/// The pictures are in indexes on disk. All calls block.
struct PackedPictures: Sendable {
  /// By ascending name, each once.
  let packs: [PackRecord]
  /// How many pictures there are, and the sum of their sizes, equal ones each.
  private(set) var count = 0
  private(set) var bytes = 0
  private let byID: any ScratchIndex
  private let byPlace: any ScratchIndex

  /// A picture of the run.
  struct Picture {
    let id: ImageID
    /// The number of its pack in ``packs``.
    let pack: Int
    let member: PackMember

    /// As an entry of a whole archive would be listed.
    var record: EntryRecord {
      EntryRecord(name: .picture(id, member.ending), size: member.size, sha256: member.sha256)
    }
  }

  /// Throws ``ArchiveDamage``.
  init(
    _ path: String, passphrase: String?, packs packList: EntryRecord, places placeList: EntryRecord,
    indexes: IndexMaker
  ) throws {
    packs = try Self.packs(path, passphrase: passphrase, packList)
    byID = try indexes.make()
    byPlace = try indexes.make()
    let numbers = Dictionary(uniqueKeysWithValues: packs.enumerated().map { ($1.sha256, $0) })
    var waiting: [Picture] = []
    var line = 0
    try Self.lines(of: placeList, at: path, passphrase: passphrase) { text in
      line += 1
      guard let place = PicturePlace(line: text) else {
        throw ArchiveDamage(EntryName.places.text, "line \(line): not a picture's place")
      }
      guard let pack = numbers[place.pack] else {
        throw ArchiveDamage(EntryName.places.text, "line \(line): names a pack that packs.jsonl does not")
      }
      waiting.append(
        Picture(
          id: place.id, pack: pack,
          member: PackMember(sha256: place.sha256, size: place.size, offset: place.offset, ending: place.ending)))
      if waiting.count == Self.atOnce { try add(&waiting) }
    }
    try add(&waiting)
    try checkMembers()
  }

  private mutating func add(_ pictures: inout [Picture]) throws {
    let values = pictures.map { IndexedPlace(pack: $0.pack, member: $0.member).bytes }
    guard try byID.insert(contentsOf: zip(pictures, values).map { ($0.id.bytes, $1) }) == pictures.count else {
      throw ArchiveDamage(EntryName.places.text, "names a picture twice")
    }
    try byPlace.insert(
      contentsOf: zip(pictures, values).map {
        (IndexedPlace.key(pack: $0.pack, offset: $0.member.offset, $0.id), $1)
      })
    count += pictures.count
    bytes = pictures.reduce(bytes) { $0 &+ $1.member.size }
    pictures = []
  }

  /// `packs.jsonl` alone. Blocks. Throws ``ArchiveDamage``.
  fileprivate static func packs(_ path: String, passphrase: String?, _ list: EntryRecord) throws -> [PackRecord] {
    var packs: [PackRecord] = []
    try lines(of: list, at: path, passphrase: passphrase) { line in
      guard let pack = PackRecord(line: line) else {
        throw ArchiveDamage(EntryName.packs.text, "line \(packs.count + 1): not a pack")
      }
      packs.append(pack)
    }
    packs.sort { $0.sha256.text < $1.sha256.text }
    guard zip(packs, packs.dropFirst()).allSatisfy({ $0.sha256 != $1.sha256 }) else {
      throw ArchiveDamage(EntryName.packs.text, "names a pack twice")
    }
    return packs
  }

  /// Calls `body` with each line of an entry, without its line feed. Blocks. Throws ``ArchiveDamage``.
  static func lines(
    of record: EntryRecord, at path: String, passphrase: String?, _ body: (ArraySlice<UInt8>) throws -> Void
  ) throws {
    let reader = try ZipReader(path: path, passphrase: passphrase)
    while let (name, _) = try reader.next() {
      guard name == record.name else { continue }
      let entry = CheckedEntry(record, reader)
      var lines = LineSplitter()
      while case let piece = try entry.read(), !piece.isEmpty { try lines.split(piece, of: name, body) }
      return try lines.finish(name)
    }
    throw ArchiveDamage(record.name.text, "is missing")
  }

  /// Calls `body` with each line of a run's `pictures.jsonl`. Blocks. Throws ``ArchiveDamage``.
  static func places(at path: String, _ body: (PicturePlace) -> Void) throws {
    let headers = try Headers(path, passphrase: nil)
    guard let record = headers.list?.records.first(where: { $0.name == .places }) else {
      throw ArchiveDamage(EntryName.places.text, "is missing")
    }
    try lines(of: record, at: path, passphrase: nil) { line in
      guard let place = PicturePlace(line: line) else { throw ArchiveDamage(EntryName.places.text, "has no place") }
      body(place)
    }
  }

  func picture(_ id: ImageID) throws -> Picture? {
    try byID.value(of: id.bytes).map { try Self.picture(id, $0) }
  }

  /// By ascending ids.
  func pictures(after id: ImageID?, limit: Int) throws -> [Picture] {
    try byID.entries(after: id?.bytes, before: nil, limit: limit).map {
      try Self.picture(ImageID(bytes: $0.key), $0.value)
    }
  }

  /// In the order in which they lie in the packs.
  func pictures(behind last: Picture?, limit: Int) throws -> [Picture] {
    let key = last.map { IndexedPlace.key(pack: $0.pack, offset: $0.member.offset, $0.id) }
    return try Self.pictures(try byPlace.entries(after: key, before: nil, limit: limit))
  }

  /// Those of one pack, in the order in which they lie there.
  ///
  /// - Parameter pack: its number in ``packs``.
  func pictures(of pack: Int, limit: Int = .max) throws -> [Picture] {
    let end = IndexedPlace.key(pack: pack + 1)
    var found: [Picture] = []
    var last = IndexedPlace.key(pack: pack)
    while found.count < limit {
      let page = try byPlace.entries(after: last, before: end, limit: min(Self.atOnce, limit - found.count))
      guard let next = page.last?.key else { break }
      found += try Self.pictures(page)
      last = next
    }
    return found
  }

  /// The members of a pack that are pictures of the run, each once, by ascending offset.
  func members(of pack: Int) throws -> [PackMember] {
    var members: [PackMember] = []
    // equal pictures are one member
    for picture in try pictures(of: pack) where members.last != picture.member { members.append(picture.member) }
    return members
  }

  private static func pictures(_ entries: [ScratchIndex.Entry]) throws -> [Picture] {
    try entries.map { try picture(ImageID(bytes: $0.key.suffix(12)), $0.value) }
  }

  private static func picture(_ id: ImageID?, _ value: [UInt8]) throws -> Picture {
    guard let id else { throw PoseVaultError(.internal, "A working index has a key that is no picture's.") }
    let place = try IndexedPlace(bytes: value)
    return Picture(id: id, pack: place.pack, member: place.member)
  }

  /// Whether `packs.jsonl` has that pack.
  func lists(_ pack: ContentDigest) -> Bool {
    var low = 0
    var high = packs.count
    let name = pack.text
    while low < high {
      let middle = (low + high) / 2
      if packs[middle].sha256.text < name { low = middle + 1 } else { high = middle }
    }
    return low < packs.count && packs[low].sha256 == pack
  }

  /// Throws ``ArchiveDamage`` where pictures lie outside of their packs or over each other, or are counted wrongly.
  private func checkMembers() throws {
    for (number, pack) in packs.enumerated() {
      let members = try members(of: number)
      var end = 0
      for member in members {
        let (last, overflow) = member.offset.addingReportingOverflow(member.size)
        guard member.offset >= end + PackWriter.block, member.offset.isMultiple(of: PackWriter.block), !overflow,
          last <= pack.size
        else {
          throw ArchiveDamage(
            EntryName.places.text, "the picture \(member.sha256.text) can't be where it is said to be")
        }
        end = last
      }
      guard members.count == pack.members, members.reduce(0, { $0 + $1.size }) == pack.bytes else {
        throw ArchiveDamage(
          EntryName.packs.text, "\(PackFolder.name(of: pack.sha256)) has other pictures than pictures.jsonl says")
      }
    }
  }

  private static let atOnce = 1000

  /// What the manifest says of them.
  var totals: Manifest.PackTotals {
    let named = packs.filter { $0.members > 0 }
    return Manifest.PackTotals(count: named.count, bytes: named.reduce(0) { $0 &+ $1.size })
  }
}

/// What a run of a repository says of packs, without where its pictures lie in them.
struct RunList {
  let datasetID: String
  /// By ascending name, each once.
  let packs: [PackRecord]

  /// Blocks. nil where the archive is no run of a repository. Throws ``ArchiveDamage``.
  init?(_ path: String, passphrase: String?) throws {
    let headers = try Headers(path, passphrase: passphrase)
    guard let manifest = headers.manifest, let list = headers.list,
      ContentDigest(bytes: list.sha256).text == manifest.entriesSHA256
    else { throw ArchiveDamage(EntryName.manifest.text, "is missing, or is not of this list") }
    guard manifest.packs != nil else { return nil }
    guard let record = list.records.first(where: { $0.name == .packs }) else {
      throw ArchiveDamage(EntryName.packs.text, "is missing")
    }
    datasetID = manifest.datasetID
    packs = try PackedPictures.packs(path, passphrase: passphrase, record)
  }
}
