import PoseCore

extension Packing {
  /// The rows of one moment, on disk, and what the database said of them then.
  struct Rows: Sendable {
    let spool: RowSpool
    let datasetID: String
    let totals: PoseTotals
    let nextID: Int
    var leastID: Int?
    var chain = RowChain()
    /// The pictures that rows name and the archive does not hold yet, on disk.
    let missing: any ScratchIndex
    var tables: [Table] = []
    /// The pictures that poses in the trash show.
    var trashed: Set<ImageID> = []
    /// The bytes of the pictures that packs have.
    let packedBytes: Int
  }

  /// One of our tables beside `poses`.
  struct Table: Sendable {
    var listed: Manifest.Table
    let spool: SpoolFile
  }

  /// Reads all rows in one snapshot, after checking that there is space for all that follows. Where the snapshot
  /// breaks, they are read again from the first one.
  func readRows() async throws -> Rows {
    let pictures = try await lengthOfPictures()
    let datasetID = try await patience.run { _ in try await source.poses.datasetID() }
    return try await patience.run { gotOn in
      try await source.poses.withSnapshot { snapshot in
        try await readRows(of: snapshot, datasetID: datasetID, pictures: pictures, gotOn: gotOn)
      }
    }
  }

  private func readRows(
    of snapshot: any PoseSnapshot, datasetID: String, pictures: (new: Int, packed: Int),
    gotOn: @Sendable () -> Void
  ) async throws -> Rows {
    let totals = try await snapshot.totals()
    let nextID = try await snapshot.nextID()
    try await files.run { [folder, plan] in
      try folder.requireSpace(Self.spaceNeeded(totals, pictures.new, includesChunks: plan.includesChunks))
    }
    let spool = try await files.run { [folder] in try RowSpool(in: folder.path) }
    let missing = try await files.run { [indexes] in try indexes.make() }
    var rows = Rows(
      spool: spool, datasetID: datasetID, totals: totals, nextID: nextID, missing: missing,
      packedBytes: pictures.packed)
    var last = Int?.none
    var count = 0
    while true {
      let page = try await snapshot.rows(after: last, limit: Self.rowsAtOnce)
      guard let end = page.last else { break }
      gotOn()
      // a database that goes round in circles would else fill the disk
      guard last.map({ $0 < end.id }) ?? true else {
        throw PoseVaultError(.backupUnproven, "The database gave row \(end.id) after row \(last ?? 0).")
      }
      for pose in page { rows.chain.add(RowChain.digest(pose)) }
      try await files.run {
        try missing.insert(contentsOf: page.compactMap { ImageID($0.imageID) }.map { ($0.bytes, [1]) })
        try spool.append(page)
      }
      rows.leastID = rows.leastID ?? page.first?.id
      last = end.id
      count = count + page.count
      report(.rows, min(Double(count) / Double(max(totals.count, 1)), 1))
    }
    for table in source.poses.tables.sorted() { rows.tables.append(try await read(table, of: snapshot, gotOn)) }
    // they stand on the disk as spool, packed, and in the scratch database
    let needed = Self.spaceNeeded(totals, pictures.new, includesChunks: plan.includesChunks) - totals.bytes
    let lines = rows.tables.reduce(0) { $0 + $1.spool.length }
    try await files.run { [folder] in try folder.requireSpace(needed + 2 * lines) }
    if source.poses.tables.contains(TrashLine.table) { rows.trashed = try await trashedPictures(of: snapshot) }
    return rows
  }

  private func read(_ name: String, of snapshot: any PoseSnapshot, _ gotOn: @Sendable () -> Void) async throws -> Table
  {
    let spool = try await files.run { [folder] in try SpoolFile(in: folder.path) }
    var listed = Manifest.Table(name: name, count: 0, lastID: nil)
    while true {
      let page = try await snapshot.lines(of: name, after: listed.lastID, limit: Self.rowsAtOnce)
      guard let end = page.last else { break }
      gotOn()
      guard listed.lastID.map({ $0 < end.id }) ?? true else {
        throw PoseVaultError(.backupUnproven, "The table \(name) gave row \(end.id) after row \(listed.lastID ?? 0).")
      }
      try await files.run { for line in page { try spool.append(line.json + [0x0A]) } }
      listed.count += page.count
      listed.lastID = end.id
    }
    return Table(listed: listed, spool: spool)
  }

  private func trashedPictures(of snapshot: any PoseSnapshot) async throws -> Set<ImageID> {
    var pictures: Set<ImageID> = []
    var last: Int?
    while case let page = try await snapshot.lines(of: TrashLine.table, after: last, limit: Self.rowsAtOnce),
      let end = page.last
    {
      // what can't be read is of a newer version
      let lines = page.compactMap { try? TrashLine($0) }
      pictures.formUnion(lines.filter { $0.pose != nil }.compactMap { ImageID($0.imageId) })
      last = end.id
    }
    return pictures
  }

  /// In bytes, of those that must be packed and of those that packs have, which take no room.
  private func lengthOfPictures() async throws -> (new: Int, packed: Int) {
    var length = (new: 0, packed: 0)
    var last = ImageID?.none
    while true {
      let page = try await patience.run { _ in
        try await source.images.list(after: last, limit: Self.picturesAtOnce)
      }
      guard let end = page.last else { return length }
      // a length beyond that is not a picture's, but a damaged document's, and must not stop the backup
      let sound = page.filter { (0...Self.longestPicture).contains($0.length) }
      let isPacked = try await files.run { [packs] in try sound.map { try packs?.has($0) ?? false } }
      for (image, isPacked) in zip(sound, isPacked) {
        if isPacked { length.packed += image.length } else { length.new += image.length }
      }
      last = end.id
    }
  }

  /// Rows stand on the disk as spool, as dump and in the scratch database, chunks as spool in base64 and packed.
  private static func spaceNeeded(_ totals: PoseTotals, _ pictureBytes: Int, includesChunks: Bool) -> Int {
    let rows = totals.bytes + totals.count * 500
    return rows * 4 + pictureBytes * (includesChunks ? 4 : 1) + (64 << 20)
  }

  static let rowsAtOnce = 200
  static let picturesAtOnce = 500
  /// In bytes.
  private static let longestPicture = 1 << 30
}
