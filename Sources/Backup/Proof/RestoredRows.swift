import PoseCore

/// Restores a dump's rows into a throwaway database, and compares the result with the manifest.
struct RestoredRows {
  private let inventory: Inventory
  private let lost: Set<Int>
  private var lines = LineSplitter()
  private var parser = DumpParser()
  private var waiting: [PoseRecord] = []

  init(_ inventory: Inventory) {
    self.inventory = inventory
    lost = Set(inventory.manifest.lost.map(\.row))
  }

  /// Takes a piece of the dump. Blocks if the pictures are in packs.
  mutating func read(_ piece: [UInt8]) throws {
    var splitter = lines
    var parser = parser
    var rows = waiting
    try splitter.split(piece, of: .dump) { line in
      guard let pose = try parser.read(line) else { return }
      try checkPicture(of: pose)
      rows.append(pose)
    }
    lines = splitter
    self.parser = parser
    waiting = rows
  }

  /// Restores the rows read so far, once there are enough of them.
  mutating func restore(into poses: any ArchivablePoses) async throws {
    guard waiting.count >= Self.rowsAtOnce else { return }
    try await poses.restore(waiting)
    waiting = []
  }

  mutating func finish(into poses: any ArchivablePoses) async throws {
    try lines.finish(.dump)
    try parser.finish()
    guard parser.columns == inventory.manifest.columns else {
      throw ArchiveDamage(EntryName.dump.text, "its columns are not those that are listed")
    }
    guard let next = parser.nextID, next == inventory.manifest.nextID else {
      throw ArchiveDamage(EntryName.dump.text, "the table's next id is not \(inventory.manifest.nextID), as listed")
    }
    try await poses.restore(waiting)
    waiting = []
    try await poses.continueIDs(at: next)
  }

  private func checkPicture(of pose: PoseRecord) throws {
    if let id = ImageID(pose.imageID), try inventory.picture(id) != nil { return }
    guard lost.contains(pose.id) else {
      throw ArchiveDamage(
        EntryName.dump.text, "the picture \(pose.imageID) of row \(pose.id) is missing, and not listed as lost")
    }
  }

  /// Reads all rows back.
  func compare(with poses: any ArchivablePoses) async throws -> [ArchiveDamage] {
    let manifest = inventory.manifest
    return try await poses.withSnapshot { snapshot in
      let restored = try await snapshot.totals().adding(manifest.leftOut)
      guard restored == manifest.rows else {
        return [ArchiveDamage(EntryName.dump.text, Self.difference(restored, manifest.rows))]
      }
      guard try await snapshot.nextID() == manifest.nextID else {
        return [ArchiveDamage(EntryName.dump.text, "ids do not go on at \(manifest.nextID) in what was restored")]
      }
      var chain = RowChain()
      var last = Int?.none
      var leftOut = manifest.leftOut[...]
      while case let page = try await snapshot.rows(after: last, limit: Self.rowsAtOnce), let end = page.last {
        for pose in page {
          while let row = leftOut.first, row.id < pose.id { chain.add(hexadecimal: leftOut.removeFirst().digest) }
          chain.add(RowChain.digest(pose))
        }
        last = end.id
      }
      for row in leftOut { chain.add(hexadecimal: row.digest) }
      guard Hexadecimal.text(chain.bytes) == manifest.chain else {
        return [ArchiveDamage(EntryName.dump.text, "the rows are not those that were read: their digests differ")]
      }
      return []
    }
  }

  private static func difference(_ restored: PoseTotals, _ asked: PoseTotals) -> String {
    let values = [
      ("rows", restored.count, asked.count), ("as sum of their ids", restored.sumOfIDs, asked.sumOfIDs),
      ("as their last id", restored.lastID ?? 0, asked.lastID ?? 0),
      ("bytes of keypoints", restored.bytes, asked.bytes),
      ("as sum of the keypoints' CRC-32", restored.sumOfChecksums, asked.sumOfChecksums),
    ]
    return values.filter { $1 != $2 }.map { "the database had \($2) \($0), but \($1) were restored" }
      .joined(separator: "; ")
  }

  private static let rowsAtOnce = 200
}

extension PoseTotals {
  /// Including the rows that were read but are not in the archive; a manifest may contain any numbers.
  fileprivate func adding(_ rows: [Manifest.LeftOutRow]) -> PoseTotals {
    var totals = self
    for row in rows {
      totals.count += 1
      totals.sumOfIDs &+= row.id
      totals.lastID = max(totals.lastID ?? row.id, row.id)
      totals.bytes &+= row.bytes
      totals.sumOfChecksums &+= row.checksum
    }
    return totals
  }
}
