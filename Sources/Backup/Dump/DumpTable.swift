/// The columns and indexes of the dump's table, in the order of its definition, line by line.
///
/// A later version may have added columns, which are nullable; the text allowed for their type can't contain a
/// statement.
struct DumpTable {
  struct Column {
    let name: String
    /// The column's index in ``DumpColumn/all``; nil for one that this version doesn't know.
    let known: Int?
  }

  private(set) var columns: [Column] = []
  private var indexes: [String] = []
  /// Whether ids have 64 bits.
  private(set) var isWide = false
  /// Whether the last line ended with a comma, so that another must follow.
  private var goesOn = true

  /// One with all columns in order.
  static func whole(isWide: Bool) -> DumpTable {
    var table = DumpTable()
    table.columns = DumpColumn.all.enumerated().map { Column(name: $1.name, known: $0) }
    table.isWide = isWide
    return table
  }

  /// One with these columns, whatever their types; nil if a required column is missing.
  init?(naming names: [String]) {
    self.init()
    columns = names.map { name in Column(name: name, known: DumpColumn.all.firstIndex { $0.name == name }) }
    isWide = true
    goesOn = false
    guard isWhole, Set(names).count == names.count else { return nil }
  }

  init() {}

  /// Whether the line is one of a table of ours.
  mutating func read(_ line: ArraySlice<UInt8>) -> Bool {
    guard goesOn, columns.count + indexes.count < Self.limit, line.count < 500 else { return false }
    var text = String(decoding: line, as: UTF8.self)
    goesOn = text.hasSuffix(",")
    if goesOn { text.removeLast() }
    return text.hasPrefix("  INDEX ") ? readIndex(text) : readColumn(text)
  }

  private mutating func readIndex(_ text: String) -> Bool {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == "  INDEX ", parts[2] == " (", parts[4] == ")", Self.isName(parts[1]),
      columns.contains(where: { $0.name == parts[3] })
    else { return false }
    indexes.append(text)
    return true
  }

  private mutating func readColumn(_ text: String) -> Bool {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    guard indexes.isEmpty, parts.count == 3, parts[0] == "  ", Self.isName(parts[1]), parts[2].hasPrefix(" ") else {
      return false
    }
    let name = String(parts[1])
    let definition = String(parts[2].dropFirst())
    guard !columns.contains(where: { $0.name == name }) else { return false }
    let known = DumpColumn.all.firstIndex { $0.name == name }
    if let known {
      let column = DumpColumn.all[known]
      let isWider = column.isID && definition == column.definition(isWide: true)
      guard isWider || definition == column.definition(isWide: false) else { return false }
      isWide = isWide || isWider
    } else {
      guard Self.isType(definition) else { return false }
    }
    columns.append(Column(name: name, known: known))
    return true
  }

  /// Whether the required columns are there, and the definition ended where it should.
  var isWhole: Bool {
    !goesOn
      && DumpColumn.all.enumerated().allSatisfy { index, column in
        column.isNullable || columns.contains { $0.known == index }
      }
  }

  var isOfFirstFormat: Bool {
    columns.map(\.known).elementsEqual(DumpColumn.all.indices.map { $0 }) && indexes == DumpGrammar.indexes && !isWide
  }

  private static func isName(_ text: some StringProtocol) -> Bool {
    (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x5F }
  }

  /// Letters, digits, spaces, and paired brackets: no quotes, comments, or anything that ends a statement.
  private static func isType(_ text: String) -> Bool {
    var depth = 0
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"): depth -= 1
      case UInt8(ascii: " "), UInt8(ascii: "_"), UInt8(ascii: ","): break
      default: guard isLetter(byte) || isDigit(byte) else { return false }
      }
      // what stands between brackets alone may hold a comma
      guard depth >= 0, depth > 0 || byte != UInt8(ascii: ",") else { return false }
    }
    return depth == 0 && !text.isEmpty && text.utf8.first.map(isLetter) == true
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static let limit = 200
}
