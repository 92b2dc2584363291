import PoseCore

/// Reads the SQL of ``DumpGrammar`` and nothing beyond it, line by line.
struct DumpParser {
  private enum Place: Equatable {
    case header(line: Int)
    /// Before an INSERT or the footer.
    case between
    case rows
    case footer(line: Int)
  }

  private var place = Place.header(line: 0)
  private var line = 0
  private var lastID: Int?
  /// The id that the table gives next; nil before its definition was read.
  private(set) var nextID: Int?

  /// Reads the next line, without its line feed; a row where it holds one.
  ///
  /// Throws ``ArchiveDamage`` for a line that the grammar doesn't have there, and for ids that don't ascend.
  mutating func read(_ text: ArraySlice<UInt8>) throws -> PoseRecord? {
    line += 1
    switch place {
    case .header(let index):
      if index == Self.tableEnd { nextID = try next(text) } else { try expect(text, Self.header[index]) }
      place = index + 1 < Self.header.count ? .header(line: index + 1) : .between
    case .between where text.elementsEqual(Self.insert):
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

  /// Throws unless the dump's last line was read.
  func finish() throws {
    guard place == .footer(line: Self.footer.count) else {
      throw damage("the dump ends early, without its line \"-- Dump completed\"")
    }
  }

  private mutating func row(_ text: ArraySlice<UInt8>) throws -> PoseRecord {
    var reader = RowReader(text: text)
    guard let pose = reader.row(), let end = reader.end() else {
      throw damage("not a row as PoseVault writes it")
    }
    if let lastID, pose.id <= lastID { throw damage("row \(pose.id) follows row \(lastID); ids must ascend") }
    guard let nextID, pose.id < nextID else {
      throw damage("row \(pose.id), where the table gives id \(nextID ?? 0) next")
    }
    lastID = pose.id
    if end == .statement { place = .between }
    return pose
  }

  /// Reads the line that ends the table's definition.
  private func next(_ text: ArraySlice<UInt8>) throws -> Int {
    let (before, after) = (DumpGrammar.tableEnd.before.utf8, DumpGrammar.tableEnd.after.utf8)
    let digits = text.dropFirst(before.count).prefix { $0 != UInt8(ascii: " ") }
    // ids have 32 bits
    guard let next = Int(String(decoding: digits, as: UTF8.self)), (1...1 << 31).contains(next),
      text.elementsEqual(Array(before) + next.description.utf8 + after)
    else { throw damage("not the end of the table's definition as PoseVault writes it") }
    return next
  }

  private func expect(_ text: ArraySlice<UInt8>, _ expected: [UInt8]) throws {
    guard text.elementsEqual(expected) else {
      throw damage("not \"\(String(decoding: expected, as: UTF8.self))\", as a dump of PoseVault has it there")
    }
  }

  private func damage(_ what: String) -> ArchiveDamage {
    ArchiveDamage(EntryName.dump.text, "line \(line): \(what)")
  }

  private static func lines(_ text: String) -> [[UInt8]] {
    text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map(Array.init)
  }

  private static let header = lines(DumpGrammar.header(nextID: 1))
  private static let tableEnd = header.firstIndex { $0.starts(with: DumpGrammar.tableEnd.before.utf8) }
  private static let footer = lines(DumpGrammar.footer)
  private static let insert = Array(DumpGrammar.insert.utf8.dropLast())
}
