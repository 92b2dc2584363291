import PoseCore

/// Where the pictures of a run in a repository lie, as its `packs.jsonl` and `pictures.jsonl` say; what they say fits
/// together, but no pack was looked at.
struct PackedPictures: Sendable {
  /// By ascending name, each once.
  let packs: [PackRecord]
  /// As entries of a whole archive would list them, by ascending id, each once.
  let records: [EntryRecord]
  /// Of each of these.
  private let places: [Place]
  /// Indices of ``records``, in the order in which the pictures lie in the packs.
  let order: [Int]

  private struct Place {
    let pack: Int32
    let offset: Int
  }

  /// Blocks. Throws ``ArchiveDamage``.
  init(_ path: String, passphrase: String?, packs packList: EntryRecord, places placeList: EntryRecord) throws {
    packs = try Self.packs(path, passphrase: passphrase, packList)
    let indices = Dictionary(uniqueKeysWithValues: packs.enumerated().map { ($1.sha256, Int32($0)) })
    var found: [(record: EntryRecord, place: Place)] = []
    try Self.lines(of: placeList, at: path, passphrase: passphrase) { line in
      guard let picture = PicturePlace(line: line) else {
        throw ArchiveDamage(EntryName.places.text, "line \(found.count + 1): not a picture's place")
      }
      guard let pack = indices[picture.pack] else {
        throw ArchiveDamage(EntryName.places.text, "line \(found.count + 1): names a pack that packs.jsonl does not")
      }
      found.append(
        (
          EntryRecord(name: .picture(picture.id, picture.ending), size: picture.size, sha256: picture.sha256),
          Place(pack: pack, offset: picture.offset)
        ))
    }
    found.sort { $0.record.name < $1.record.name }
    records = found.map(\.record)
    places = found.map(\.place)
    order = found.indices.sorted { a, b in
      (found[a].place.pack, found[a].place.offset) < (found[b].place.pack, found[b].place.offset)
    }
    try checkMembers()
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

  /// The picture of that index in ``records``, as its pack has it, and the index of that pack.
  func member(_ index: Int) -> (pack: Int, member: PackMember) {
    let record = records[index]
    var ending = FileEnding.bin
    if case .picture(_, let known) = record.name { ending = known }
    let place = places[index]
    return (
      Int(place.pack), PackMember(sha256: record.sha256, size: record.size, offset: place.offset, ending: ending)
    )
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

  /// Calls `body` with each pack that holds pictures of the run and with these, each member once, by ascending offset.
  func forEachPack(_ body: (PackRecord, [PackMember]) throws -> Void) rethrows {
    var rest = order[...]
    while let first = rest.first {
      let pack = member(first).pack
      var members: [PackMember] = []
      while let index = rest.first, case let (other, next) = member(index), other == pack {
        // equal pictures are one member
        if members.last != next { members.append(next) }
        rest.removeFirst()
      }
      try body(packs[pack], members)
    }
  }

  /// Throws ``ArchiveDamage`` where pictures lie outside of their packs or over each other, or are counted wrongly.
  private func checkMembers() throws {
    var named: Set<ContentDigest> = []
    try forEachPack { pack, members in
      named.insert(pack.sha256)
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
    if let pack = packs.first(where: { $0.members > 0 && !named.contains($0.sha256) }) {
      throw ArchiveDamage(
        EntryName.packs.text, "\(PackFolder.name(of: pack.sha256)) has pictures, but pictures.jsonl names none of it")
    }
  }

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
