import PoseCore

/// Writes rows as the SQL of ``DumpGrammar``.
struct DumpWriter {
  private var statementLength = 0

  /// - Parameters:
  ///   - next: the id that the table assigns next.
  ///   - least: the smallest id in the table.
  func begin(nextID next: Int, leastID least: Int? = nil) -> [UInt8] {
    let isWide = next > 1 << 31 || (least ?? 0) < Int32.min
    return Array(DumpGrammar.header(nextID: next, isWide: isWide).utf8)
  }

  /// Appends one row's SQL to `sql`.
  mutating func append(_ pose: PoseRecord, to sql: inout [UInt8]) {
    let row = Self.row(pose)
    // the row, and the comma or semicolon and the end of the line after it
    if statementLength > 0, statementLength + row.count + 2 < DumpGrammar.statementLimit {
      sql.append(contentsOf: ",\n".utf8)
    } else {
      if statementLength > 0 { sql.append(contentsOf: ";\n".utf8) }
      sql.append(contentsOf: DumpGrammar.insert.utf8)
      statementLength = DumpGrammar.insert.utf8.count
    }
    sql.append(contentsOf: row)
    statementLength += row.count + 2
  }

  func end() -> [UInt8] {
    Array(((statementLength > 0 ? ";\n" : "") + DumpGrammar.footer).utf8)
  }

  private static func row(_ pose: PoseRecord) -> [UInt8] {
    var row: [UInt8] = []
    row.reserveCapacity(pose.textLength + 200)
    for (index, value) in pose.values.enumerated() {
      row.append(UInt8(ascii: index == 0 ? "(" : ","))
      switch value {
      case .null: row.append(contentsOf: "NULL".utf8)
      case .integer(let number): row.append(contentsOf: number.description.utf8)
      case .single(let number): row.append(contentsOf: number.description.utf8)
      case .time(let seconds): row.append(contentsOf: "'\(SQLTime.text(seconds))'".utf8)
      case .text(let bytes): quote(bytes, to: &row)
      }
    }
    row.append(UInt8(ascii: ")"))
    return row
  }

  private static func quote(_ bytes: [UInt8], to row: inout [UInt8]) {
    row.append(UInt8(ascii: "'"))
    for byte in bytes {
      if let letter = letters[Int(byte)] {
        row.append(UInt8(ascii: "\\"))
        row.append(letter)
      } else {
        row.append(byte)
      }
    }
    row.append(UInt8(ascii: "'"))
  }

  private static let letters: [UInt8?] = {
    var letters = [UInt8?](repeating: nil, count: 256)
    for escape in DumpGrammar.escapes { letters[Int(escape.byte)] = escape.letter }
    return letters
  }()
}
