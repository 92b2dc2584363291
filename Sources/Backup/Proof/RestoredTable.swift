import PoseCore

/// Checks the lines of one of our tables besides `poses`, and restores them into a throwaway database that knows the
/// table.
struct RestoredTable {
  private let table: Manifest.Table
  private let isKnown: Bool
  private var lines = LineSplitter()
  private var count = 0
  private var lastID: Int?
  private var waiting: [TableLine] = []

  private var name: EntryName { .table(table.name) }

  init(_ table: Manifest.Table, isKnown: Bool) {
    self.table = table
    self.isKnown = isKnown
  }

  mutating func restore(_ piece: [UInt8], into poses: any ArchivablePoses) async throws {
    var splitter = lines
    var found = [TableLine]()
    try splitter.split(piece, of: name) { text in
      guard let line = TableLine(line: text) else {
        throw ArchiveDamage(name.text, "line \(count + found.count + 1): not a row")
      }
      if let last = found.last?.id ?? lastID, line.id <= last {
        throw ArchiveDamage(name.text, "row \(line.id) follows row \(last); ids must ascend")
      }
      found.append(line)
    }
    lines = splitter
    count += found.count
    lastID = found.last?.id ?? lastID
    guard isKnown else { return }
    waiting += found
    if waiting.count >= Self.rowsAtOnce { try await flush(into: poses) }
  }

  mutating func finish(into poses: any ArchivablePoses) async throws {
    try lines.finish(name)
    guard count == table.count, lastID == table.lastID else {
      throw ArchiveDamage(
        name.text, "has \(count) rows up to \(lastID ?? 0), not \(table.count) up to \(table.lastID ?? 0) as listed")
    }
    try await flush(into: poses)
  }

  private mutating func flush(into poses: any ArchivablePoses) async throws {
    do {
      if !waiting.isEmpty { try await poses.restore(waiting, into: table.name) }
    } catch let error as PoseVaultError where error.code == .badRequest {
      throw ArchiveDamage(name.text, "has a row of another form: \(error.message)")
    }
    waiting = []
  }

  private static let rowsAtOnce = 200
}
