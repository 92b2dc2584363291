import PoseCore

/// The rows of one of our tables beside `poses`, page by page, as an archive has them.
// Guarded by: its one user makes one call after another.
final class TableLines: @unchecked Sendable {
  private let table: Manifest.Table
  private let entry: ZipReader
  private let files: BlockingPool
  private var lines = LineSplitter()
  private var isAtEnd = false

  private var name: EntryName { .table(table.name) }

  init(of table: Manifest.Table, at path: String, passphrase: String?, files: BlockingPool) async throws {
    self.table = table
    self.files = files
    let name = EntryName.table(table.name)
    entry = try await files.run {
      let reader = try ZipReader(path: path, passphrase: passphrase)
      while let (found, _) = try reader.next() { if found == name { return reader } }
      throw ArchiveDamage(name.text, "is missing")
    }
  }

  /// Some 200 rows; nil at the end.
  func next() async throws -> [TableLine]? {
    var rows: [TableLine] = []
    while rows.count < Self.rowsAtOnce, !isAtEnd {
      let piece = try await files.run { [entry] in try entry.read() }
      isAtEnd = piece.isEmpty
      try lines.split(piece, of: name) { text in
        guard let line = TableLine(line: text) else { throw ArchiveDamage(name.text, "has a line that is no row") }
        rows.append(line)
      }
    }
    return rows.isEmpty ? nil : rows
  }

  /// Throws ``ArchiveDamage`` unless the database holds these rows, as parsed JSON, and no others. Those of the audit
  /// trail may have been sealed since, and be followed by others.
  func compare(with poses: any ArchivablePoses) async throws {
    try await poses.withSnapshot { snapshot in
      var last: Int?
      while let page = try await next() {
        try Task.checkCancellation()
        let stored = try await snapshot.lines(of: table.name, after: last, limit: page.count)
        for (index, line) in page.enumerated() {
          guard index < stored.count, stored[index].id == line.id else {
            throw ArchiveDamage(name.text, "the row \(line.id) is missing in what was restored")
          }
          guard isSame(line, stored: stored[index]) else {
            throw ArchiveDamage(name.text, "the row \(line.id) is another one in what was restored")
          }
        }
        last = page.last?.id
      }
      if let other = try await snapshot.lines(of: table.name, after: last, limit: 1).first,
        table.name != AuditLine.table
      {
        throw ArchiveDamage(name.text, "the row \(other.id) was restored, but is not in the archive")
      }
    }
  }

  private func isSame(_ line: TableLine, stored: TableLine) -> Bool {
    if JSONEquality.areEqual(stored.json, line.json) { return true }
    guard table.name == AuditLine.table, let entry = try? AuditLine(line), let found = try? AuditLine(stored) else {
      return false
    }
    return entry.isRestored(as: found)
  }

  private static let rowsAtOnce = 200
}
