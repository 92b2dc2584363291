import PoseCore

/// The rows of an archive's dump, page by page.
// Guarded by: its one user makes one call after another.
final class DumpRows: @unchecked Sendable {
  private let entry: CheckedEntry
  private let files: BlockingPool
  private var lines = LineSplitter()
  private var parser = DumpParser()
  private var isAtEnd = false

  init(_ archive: ProvenArchive, _ files: BlockingPool) async throws {
    entry = try await files.run { try archive.entry(.dump) }
    self.files = files
  }

  /// Some 200 rows; nil at the end, where all of the dump was as listed.
  func next() async throws -> [PoseRecord]? {
    var rows: [PoseRecord] = []
    while rows.count < Self.rowsAtOnce, !isAtEnd {
      let piece = try await files.run { [entry] in try entry.read() }
      if piece.isEmpty {
        try lines.finish(.dump)
        try parser.finish()
        isAtEnd = true
      } else {
        try lines.split(piece, of: .dump) { line in
          if let row = try parser.read(line) { rows.append(row) }
        }
      }
    }
    return rows.isEmpty ? nil : rows
  }

  private static let rowsAtOnce = 200
}
