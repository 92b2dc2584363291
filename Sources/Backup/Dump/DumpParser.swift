import PoseCore

/// Reads the SQL of ``DumpGrammar`` and nothing else, line by line.
struct DumpParser {
  private enum Place: Equatable {
    case title
    case before(line: Int)
    case table
    case after(line: Int)
    /// Before an INSERT or the footer.
    case between
    case rows
    case footer(line: Int)
  }

  private var place = Place.title
  private var line = 0
  private var format = 0
  private var table = DumpTable()
  private var insert: [UInt8] = []
  private var lastID: Int?
  /// The id that the table assigns next; nil before its definition has been read.
  private(set) var nextID: Int?

  /// By name, in the dump's order; complete once a row has been read.
  var columns: [String] { table.columns.map(\.name) }

  /// Reads the next line, without its line feed; returns a row if it contains one.
  ///
  /// Throws ``ArchiveDamage`` for a line that the grammar doesn't allow there, and for ids that don't ascend.
  mutating func read(_ text: ArraySlice<UInt8>) throws -> PoseRecord? {
    line += 1
    switch place {
    case .title:
      let version = text.last.map { Int($0) - 0x30 } ?? 0
      guard (1...2).contains(version), text.elementsEqual((DumpGrammar.title + "\(version)").utf8) else {
        throw damage("not the first line of a dump of PoseVault")
      }
      format = version
      place = .before(line: 0)
    case .before(let index):
      try expect(text, DumpGrammar.linesBefore[index])
      place = index + 1 < DumpGrammar.linesBefore.count ? .before(line: index + 1) : .table
    case .table:
      try readTable(text)
    case .after(let index):
      try expect(text, DumpGrammar.linesAfter[index])
      place = index + 1 < DumpGrammar.linesAfter.count ? .after(line: index + 1) : .between
    case .between where text.elementsEqual(insert):
      place = .rows
    case .between:
      try expect(text, Self.footer[0])
      place = .footer(line: 1)
    case .rows:
      return try row(text)
    case .footer(let index):
      guard index < Self.footer.count else { throw damage("something follows the end of the dump") }
      try expect(text, Self.footer[index])
      place = .footer(line: index + 1)
    }
    return nil
  }

  /// Throws unless the dump's last line has been read.
  func finish() throws {
    guard place == .footer(line: Self.footer.count) else {
      throw damage("the dump ends early, without its line \"-- Dump completed\"")
    }
  }

  /// Reads a column, an index, or the line that ends the table's definition.
  private mutating func readTable(_ text: ArraySlice<UInt8>) throws {
    let before = DumpGrammar.tableEnd.before.utf8
    let after = DumpGrammar.tableEnd.after.utf8
    guard text.starts(with: before) else {
      guard table.read(text) else { throw damage("not a column or an index as PoseVault writes it") }
      return
    }
    let digits = text.dropFirst(before.count).prefix { $0 != UInt8(ascii: " ") }
    guard let next = Int(String(decoding: digits, as: UTF8.self)),
      (1...(table.isWide ? Int.max : 1 << 31)).contains(next),
      text.elementsEqual(Array(before) + next.description.utf8 + after)
    else { throw damage("not the end of the table's definition as PoseVault writes it") }
    guard table.isWhole, format > 1 || table.isOfFirstFormat else {
      throw damage("the table's definition is not one of PoseVault")
    }
    nextID = next
    insert = Array(DumpGrammar.insert(of: columns).utf8.dropLast())
    place = .after(line: 0)
  }

  private mutating func row(_ text: ArraySlice<UInt8>) throws -> PoseRecord {
    var reader = RowReader(text: text, table)
    guard let pose = reader.row(), let end = reader.end() else {
      throw damage("not a row as PoseVault writes it")
    }
    if let lastID, pose.id <= lastID { throw damage("row \(pose.id) follows row \(lastID); ids must ascend") }
    guard let nextID, pose.id < nextID || nextID == .max else {
      throw damage("row \(pose.id), where the table gives id \(nextID ?? 0) next")
    }
    lastID = pose.id
    if end == .statement { place = .between }
    return pose
  }

  private func expect(_ text: ArraySlice<UInt8>, _ expected: [UInt8]) throws {
    guard text.elementsEqual(expected) else {
      throw damage("not \"\(String(decoding: expected, as: UTF8.self))\", as a dump of PoseVault has it there")
    }
  }

  private func damage(_ what: String) -> ArchiveDamage {
    ArchiveDamage(EntryName.dump.text, "line \(line): \(what)")
  }

  private static let footer = DumpGrammar.lines(DumpGrammar.footer)
}
