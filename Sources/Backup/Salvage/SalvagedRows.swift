import Foundation
import PoseCore

/// Reads the rows of a dump that may be damaged: anything that is a row counts, whatever is around it.
struct SalvagedRows {
  private var lines = LineSplitter()
  private var table = DumpTable.whole(isWide: true)
  private var lastID: Int?
  /// According to the table's definition; nil if that is damaged.
  private(set) var nextID: Int?
  /// Lines that begin like rows but aren't.
  private(set) var damaged = 0
  private(set) var isWhole = false

  /// The rows in `piece`; throws if a line is too long for one.
  mutating func read(_ piece: [UInt8]) throws -> [PoseRecord] {
    var splitter = lines
    var rows = [PoseRecord]()
    try splitter.split(piece, of: .dump) { if let row = read($0) { rows.append(row) } }
    lines = splitter
    return rows
  }

  private mutating func read(_ line: ArraySlice<UInt8>) -> PoseRecord? {
    if line.first == UInt8(ascii: "(") {
      var reader = RowReader(text: line, table)
      if let row = reader.row(), reader.end() != nil, row.id > lastID ?? .min, Self.isPlausible(row) {
        lastID = row.id
        return row
      }
      damaged += 1
      return nil
    }
    let (before, insert) = (DumpGrammar.tableEnd.before, "INSERT INTO `poses` (")
    if line.starts(with: before.utf8) {
      let digits = line.dropFirst(before.utf8.count).prefix { (0x30...0x39).contains($0) }
      nextID = Int(String(decoding: digits, as: UTF8.self))
    } else if line.starts(with: insert.utf8), let columns = Self.columns(in: line.dropFirst(insert.utf8.count)) {
      table = columns
    } else if line.elementsEqual("-- Dump completed".utf8) {
      isWhole = true
    }
    return nil
  }

  private static func columns(in text: ArraySlice<UInt8>) -> DumpTable? {
    let names = text.prefix { $0 != UInt8(ascii: ")") }.split(
      separator: UInt8(ascii: ","), omittingEmptySubsequences: false
    )
    .map { EscapedText.text($0) }
    guard names.allSatisfy({ $0.count > 2 && $0.hasPrefix("`") && $0.hasSuffix("`") }) else { return nil }
    return DumpTable(naming: names.map { String($0.dropFirst().dropLast()) })
  }

  /// A flipped bit in a compressed dump is not necessarily noticed at once.
  private static func isPlausible(_ row: PoseRecord) -> Bool {
    [row.keypoints, row.worldKeypoints, row.detectedKeypoints].compactMap { $0 }.allSatisfy { json in
      (try? JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed)) != nil
    }
  }
}
