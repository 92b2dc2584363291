import Crypto
import PoseCore

/// Some packs, and the bytes of their files.
struct PackCount: Equatable {
  private(set) var count = 0
  private(set) var bytes = 0

  mutating func add(_ size: Int) {
    count += 1
    bytes += size
  }

  /// Such as `2 packs (256 MB)`.
  var text: String { "\(Count.text(count, "pack")) (\(bytes / 1_000_000) MB)" }
}

/// What the packs of a repository hold, as far as a run may rely on it.
///
/// What grows with the number of pictures is on disk; calls that throw block.
// Guarded by: its one user makes one call after another.
final class PackIndex: @unchecked Sendable {
  /// A pack of the run's list; nil while it is being written.
  private(set) var packs: [PackRecord?] = []
  /// Places by SHA-256.
  private let members: any ScratchIndex
  /// Pictures whose SHA-256 nobody had recorded, as the last run found them: that, and that of their documents, by id.
  private let unrecorded: any ScratchIndex
  /// What a person must know, one line each.
  var warnings: [String] = []
  /// Packs that are missing or damaged, and that a run names which is kept.
  var damaged: [ContentDigest] = []
  /// The old packs that were read in full.
  var reread = PackCount()

  /// A pack of the index, by its place in ``packs``.
  typealias Number = Int

  init(_ indexes: IndexMaker) throws {
    members = try indexes.make()
    unrecorded = try indexes.make()
  }

  /// Where the picture of that SHA-256 and size lies; nil where no pack has it.
  func place(of sha256: ContentDigest, size: Int) throws -> IndexedPlace? {
    guard let value = try members.value(of: sha256.bytes), case let place = try IndexedPlace(bytes: value),
      place.member.size == size
    else { return nil }
    return place
  }

  @discardableResult
  func add(_ record: PackRecord?) -> Number {
    packs.append(record)
    return packs.count - 1
  }

  /// Of two packs with the same picture the first one is named.
  func add(_ new: [PackMember], in pack: Number) throws {
    try members.insert(contentsOf: new.map { ($0.sha256.bytes, IndexedPlace(pack: pack, member: $0).bytes) })
  }

  func add(unrecorded id: ImageID, _ sha256: ContentDigest, document: some Sequence<UInt8>) throws {
    try unrecorded.insert(sha256.bytes + Self.digest(document).bytes, for: id.bytes)
  }

  /// Whether the last run had that picture without a recorded SHA-256.
  func knows(unrecorded id: ImageID) throws -> Bool { try unrecorded.value(of: id.bytes) != nil }

  /// The SHA-256 that the picture had in the last run, if its document is the very same still.
  func sha256(ofUnrecorded id: ImageID, document: [UInt8]) throws -> ContentDigest? {
    guard let known = try unrecorded.value(of: id.bytes), known.suffix(32).elementsEqual(Self.digest(document).bytes)
    else { return nil }
    return ContentDigest(bytes: known.prefix(32))
  }

  private static func digest(_ document: some Sequence<UInt8>) -> ContentDigest {
    ContentDigest(bytes: SHA256.hash(data: Array(document)))
  }

  /// Gives a pack that was written its record.
  func close(_ pack: Number, as record: PackRecord) {
    packs[pack] = record
  }
}

/// Learns what the packs of a repository hold before a run adds to them, and reads the share of the old ones that is
/// due.
struct PackSurvey: Sendable {
  let folder: PackFolder
  let files: BlockingPool
  let indexes: IndexMaker
  /// When the run began, in seconds since 1970.
  let now: Int64
  let rules: RepositoryRules

  /// What was seen of the runs.
  private struct Runs {
    /// The newest run of each dataset, the newest of all first: several databases may share a repository.
    var newest: [Inventory] = []
    /// Of these.
    var paths: [String] = []
    /// How many runs name each pack.
    var named: [ContentDigest: Int] = [:]
    /// Whether all could be read: one that can't be may name any pack.
    var areWhole = true
    var warnings: [String] = []

    /// Whether the newest one lists it.
    func lists(_ pack: ContentDigest) -> Bool {
      newest.first?.packed?.lists(pack) ?? false
    }

    /// Whether a run names it, or may do so.
    func mayName(_ pack: ContentDigest) -> Bool { !areWhole || named[pack] != nil }
  }

  /// A pack that can't be relied on, and why.
  private struct LostPack {
    let sha256: ContentDigest
    let what: String
  }

  func index() async throws -> PackIndex {
    let present = try await files.run { [folder] in try folder.packs() }
    let runs = try await readRuns()
    let index = try await files.run { [indexes] in try PackIndex(indexes) }
    index.warnings = runs.warnings
    var lost: [LostPack] = []
    var listed = listing(runs, present: present, lost: &lost)
    for pack in due(listed, since: runs.newest.first?.manifest.startedAt) {
      guard let record = listed[pack] else { continue }
      do {
        try await PackProof.read(record, at: folder.path(of: pack), files: files)
        listed[pack]?.readAt = now
        index.reread.add(record.size)
      } catch let damage as ArchiveDamage {
        lost.append(LostPack(sha256: pack, what: "is damaged: \(damage.what)"))
        listed[pack] = nil
      }
    }
    var numbers: [ContentDigest: PackIndex.Number] = [:]
    for record in listed.values.sorted(by: { $0.sha256.text < $1.sha256.text }) {
      numbers[record.sha256] = index.add(named(record, runs))
    }
    let thin = thin(runs, among: listed)
    for packed in runs.newest.compactMap(\.packed) {
      for (pack, record) in packed.packs.enumerated() where record.members > 0 && !thin.contains(record.sha256) {
        guard let number = numbers[record.sha256] else { continue }
        try await files.run { try index.add(packed.members(of: pack), in: number) }
      }
    }
    for (inventory, path) in zip(runs.newest, runs.paths) {
      try await files.run { try Self.addUnrecorded(of: inventory, at: path, to: index) }
    }
    let notes = try await files.run { [folder] in try PackNotes(in: folder.work).read() }
    for (pack, size) in present.sorted(by: { $0.key.text < $1.key.text }) where !runs.lists(pack) {
      let known = notes[pack].flatMap { $0.size == size && isFresh($0) ? $0 : nil }
      do {
        try await takeOn(known ?? PackRecord(sha256: pack, size: size, readAt: now), runs, into: index)
      } catch let damage as ArchiveDamage {
        lost.append(LostPack(sha256: pack, what: "is damaged: \(damage.what)"))
      }
    }
    index.warnings += try await files.run { [lost] in try lines(lost, runs) }
    index.damaged = lost.map(\.sha256).filter { runs.named[$0] != nil }
    return index
  }

  /// Adds the pictures of a run whose documents tell no SHA-256, as other programs may have stored them. Blocks.
  private static func addUnrecorded(of inventory: Inventory, at path: String, to index: PackIndex) throws {
    guard let record = inventory.record(.files) else { return }
    // what is wrong with these must be told again
    let damaged = Set(inventory.manifest.damaged.map(\.imageID))
    try PackedPictures.lines(of: record, at: path, passphrase: nil) { line in
      guard let document = try? FilesDocument(json: line), document.sha256 == nil,
        !damaged.contains(document.id), let picture = try inventory.picture(document.id)
      else { return }
      try index.add(unrecorded: document.id, picture.sha256, document: line)
    }
  }

  private func readRuns() async throws -> Runs {
    var runs = Runs()
    for path in try await files.run({ [folder, now] in try folder.runPaths(at: now) }) {
      try Task.checkCancellation()
      do {
        guard let run = try await files.run({ try RunList(path, passphrase: nil) }) else { continue }
        for pack in run.packs where pack.members > 0 { runs.named[pack.sha256, default: 0] += 1 }
        if !runs.newest.contains(where: { $0.manifest.datasetID == run.datasetID }) {
          runs.newest.append(
            try await files.run { [indexes] in try Inventory(path, passphrase: nil, indexes: indexes) })
          runs.paths.append(path)
        }
      } catch let damage as ArchiveDamage {
        runs.warnings.append("The run \(path) is damaged: \(damage.line).")
        runs.areWhole = false
      }
    }
    return runs
  }

  /// The packs that the newest run lists and that are there with their sizes.
  private func listing(
    _ runs: Runs, present: [ContentDigest: Int], lost: inout [LostPack]
  ) -> [ContentDigest: PackRecord] {
    var listed: [ContentDigest: PackRecord] = [:]
    for record in runs.newest.first?.packed?.packs ?? [] {
      if present[record.sha256] == record.size {
        listed[record.sha256] = record
      } else if present[record.sha256] != nil {
        lost.append(LostPack(sha256: record.sha256, what: "has another size than it had"))
      }
    }
    for pack in runs.named.keys.sorted(by: { $0.text < $1.text }) where present[pack] == nil {
      lost.append(LostPack(sha256: pack, what: "is missing"))
    }
    return listed
  }

  /// The packs with few pictures that are still named, once these would fill a pack of their own: what they hold is
  /// packed anew.
  private func thin(_ runs: Runs, among listed: [ContentDigest: PackRecord]) -> Set<ContentDigest> {
    var used: [ContentDigest: Int] = [:]
    for packed in runs.newest.compactMap(\.packed) {
      for pack in packed.packs where pack.members > 0 && listed[pack.sha256] != nil {
        used[pack.sha256, default: 0] += pack.bytes
      }
    }
    let thin = used.filter { $0.value < rules.packLength / 2 }
    return thin.values.reduce(0, +) >= rules.packLength ? Set(thin.keys) : []
  }

  /// The packs to be read now, those that were not read for longest first: as many bytes as give each its turn in time.
  private func due(_ listed: [ContentDigest: PackRecord], since last: Int64?) -> [ContentDigest] {
    let bytes = listed.values.reduce(0) { $0 + Double($1.size) }
    // a run that comes right after another has little to read
    let passed = min(max(Double(now - (last ?? now)), 0), period)
    var share = bytes * passed / period
    var due: [ContentDigest] = []
    for record in listed.values.sorted(by: { ($0.readAt, $0.sha256.text) < ($1.readAt, $1.sha256.text) }) {
      guard share > 0 || !isFresh(record) else { break }
      due.append(record.sha256)
      share -= Double(record.size)
    }
    return due
  }

  /// Whether the turn of a pack to be read has not come again.
  private func isFresh(_ record: PackRecord) -> Bool {
    // one that was read by a clock that was ahead is read again
    Double(now - record.readAt) < period && record.readAt <= now + 86_400
  }

  private var period: Double { Double(max(rules.reproofDays, 1)) * 86_400 }

  /// Takes a pack on that the newest run does not list: of another server, or of a run that was broken off. Throws
  /// ``ArchiveDamage`` where it is damaged.
  ///
  /// - Parameter record: with the time of this run where the pack must be read.
  private func takeOn(_ record: PackRecord, _ runs: Runs, into index: PackIndex) async throws {
    try Task.checkCancellation()
    let path = folder.path(of: record.sha256)
    let members = try await files.run { try PackListing.members(of: path, record.sha256) }
    if record.readAt == now {
      try await PackProof.read(record, members, at: path, files: files)
      index.reread.add(record.size)
      try await files.run { [folder] in try PackNotes(in: folder.work).add(record) }
    }
    let number = index.add(named(record, runs))
    try await files.run { try index.add(members, in: number) }
  }

  /// The record as this run begins with it: without its pictures, and with since when no run names the pack.
  private func named(_ record: PackRecord, _ runs: Runs) -> PackRecord {
    var record = record
    record.members = 0
    record.bytes = 0
    // a time that was noted under a clock that was ahead counts from now
    record.unnamedSince = runs.mayName(record.sha256) ? nil : min(record.unnamedSince ?? now, now)
    return record
  }

  /// Says of packs that can't be relied on which pictures lie in them, as far as the newest runs tell.
  private func lines(_ lost: [LostPack], _ runs: Runs) throws -> [String] {
    guard !lost.isEmpty else { return [] }
    var pictures: [ContentDigest: (count: Int, first: [ImageID])] = [:]
    let wanted = Set(lost.map(\.sha256))
    for packed in runs.newest.compactMap(\.packed) {
      for (number, pack) in packed.packs.enumerated() where wanted.contains(pack.sha256) && pack.members > 0 {
        var found = pictures[pack.sha256] ?? (0, [])
        let ids = try packed.pictures(of: number).map(\.id)
        found.count += ids.count
        found.first += ids.prefix(max(Self.maxNamed - found.first.count, 0))
        pictures[pack.sha256] = found
      }
    }
    return lost.map { pack in
      var line = "The pack \(PackFolder.name(of: pack.sha256)) \(pack.what)."
      if let count = runs.named[pack.sha256] { line += " Needed by \(Count.text(count, "run")) of the repository." }
      guard let (count, first) = pictures[pack.sha256] else { return line }
      let ids = first.map(\.description).joined(separator: ", ") + (count > first.count ? ", …" : "")
      return
        "\(line) It held \(Count.text(count, "picture")) of the last backup; those that are still stored are packed "
        + "again: \(ids)."
    }
  }

  private static let maxNamed = 20
}
