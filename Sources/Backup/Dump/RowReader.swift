import PoseCore

/// Reads one row's line, such as `(1,'65f1…','[…]','2025-12-10 10:30:00',NULL,…),`.
struct RowReader {
  enum End { case row, statement }

  private var rest: ArraySlice<UInt8>

  init(text: ArraySlice<UInt8>) {
    rest = text
  }

  /// nil when the line is not a row.
  mutating func row() -> PoseRecord? {
    var values: [ColumnValue] = []
    for column in DumpColumn.all {
      guard skip(values.isEmpty ? "(" : ","), let value = value(column) else { return nil }
      values.append(value)
    }
    return skip(")") ? PoseRecord(values: values) : nil
  }

  /// What ends the line; nil for anything but a comma or a semicolon.
  mutating func end() -> End? {
    if rest.elementsEqual(",".utf8) { return .row }
    return rest.elementsEqual(";".utf8) ? .statement : nil
  }

  private mutating func value(_ column: DumpColumn) -> ColumnValue? {
    if column.isNullable, skip("NULL") { return .null }
    switch column.kind {
    // as MySQL's INT and FLOAT, and as they are written, which is in one way only
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
    let digits = rest.prefix(Self.longestNumber).prefix { $0 != UInt8(ascii: ",") }
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

  private static let originals: [UInt8?] = {
    var originals = [UInt8?](repeating: nil, count: 256)
    for escape in DumpGrammar.escapes { originals[Int(escape.letter)] = escape.byte }
    return originals
  }()
}
