import PoseCore

/// Reads one row's line, such as `(1,'65f1…','[…]','2025-12-10 10:30:00',NULL,…),`.
struct RowReader {
  enum End { case row, statement }

  private var rest: ArraySlice<UInt8>
  private let table: DumpTable

  init(text: ArraySlice<UInt8>, _ table: DumpTable) {
    rest = text
    self.table = table
  }

  /// nil if the line is not a row. Unknown columns are skipped, missing ones are NULL.
  mutating func row() -> PoseRecord? {
    var values = Array(repeating: ColumnValue.null, count: DumpColumn.all.count)
    var isFirst = true
    for column in table.columns {
      guard skip(isFirst ? "(" : ",") else { return nil }
      isFirst = false
      if let known = column.known {
        guard let value = value(DumpColumn.all[known]) else { return nil }
        values[known] = value
      } else {
        guard skipUnknown() else { return nil }
      }
    }
    return skip(")") ? PoseRecord(values: values) : nil
  }

  /// NULL, a text, or a number of any kind.
  private mutating func skipUnknown() -> Bool {
    if skip("NULL") { return true }
    if rest.first == UInt8(ascii: "'") { return quoted() != nil }
    let number = rest.prefix(Self.longestUnknownNumber).prefix { byte in
      (0x30...0x39).contains(byte) || "+-.e".utf8.contains(byte)
    }
    rest = rest.dropFirst(number.count)
    return Double(String(decoding: number, as: UTF8.self)) != nil
  }

  /// How the line ends; nil for anything but a comma or a semicolon.
  mutating func end() -> End? {
    if rest.elementsEqual(",".utf8) { return .row }
    return rest.elementsEqual(";".utf8) ? .statement : nil
  }

  private mutating func value(_ column: DumpColumn) -> ColumnValue? {
    if column.isNullable, skip("NULL") { return .null }
    switch column.kind {
    // as MySQL's INT and FLOAT, and as they are written, which is in one way only
    case .integer where column.isID && table.isWide: return number(Int.init).map { .integer($0) }
    case .integer: return number(Int32.init).map { .integer(Int($0)) }
    case .single: return number(Float.init).flatMap { $0.isFinite ? .single($0) : nil }
    case .text: return quoted().map { .text($0) }
    case .time: return quoted().flatMap { SQLTime.seconds(String(decoding: $0, as: UTF8.self)) }.map { .time($0) }
    }
  }

  private mutating func skip(_ text: StaticString) -> Bool {
    let matches = text.withUTF8Buffer { rest.starts(with: $0) }
    if matches { rest = rest.dropFirst(text.utf8CodeUnitCount) }
    return matches
  }

  private mutating func number<Number: LosslessStringConvertible>(_ parse: (String) -> Number?) -> Number? {
    let digits = rest.prefix(Self.longestNumber).prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: ")") }
    rest = rest.dropFirst(digits.count)
    let text = String(decoding: digits, as: UTF8.self)
    return parse(text).flatMap { $0.description == text ? $0 : nil }
  }

  private mutating func quoted() -> [UInt8]? {
    guard skip("'") else { return nil }
    var bytes: [UInt8] = []
    var index = rest.startIndex
    while index < rest.endIndex {
      let byte = rest[index]
      index += 1
      switch byte {
      case UInt8(ascii: "'"):
        rest = rest[index...]
        return bytes
      case UInt8(ascii: "\\"):
        guard index < rest.endIndex, let original = Self.originals[Int(rest[index])] else { return nil }
        bytes.append(original)
        index += 1
      default:
        // what has to be escaped stands nowhere as it is
        guard byte != 0, byte != 0x0D, byte != 0x1A else { return nil }
        bytes.append(byte)
      }
    }
    return nil
  }

  private static let longestNumber = 20
  private static let longestUnknownNumber = 100

  private static let originals: [UInt8?] = {
    var originals = [UInt8?](repeating: nil, count: 256)
    for escape in DumpGrammar.escapes { originals[Int(escape.letter)] = escape.byte }
    return originals
  }()
}
