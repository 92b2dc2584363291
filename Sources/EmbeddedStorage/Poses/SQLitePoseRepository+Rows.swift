#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import GRDB
import PoseCore

extension SQLitePoseRepository {
  static func row(_ id: Int, _ parts: PoseParts, _ db: Database) throws -> PoseRecord? {
    try rows(parts, "WHERE id = ?", [id], db).first
  }

  static func rows(
    _ parts: PoseParts, _ clause: String, _ arguments: StatementArguments, _ db: Database
  ) throws -> [PoseRecord] {
    let statement = try db.cachedStatement(sql: "SELECT \(PoseRecord.columns(parts)) FROM poses " + clause)
    return try Array(Row.fetchCursor(statement, arguments: arguments).map { try PoseRecord(row: $0, parts) })
  }
}

extension PoseRecord {
  private static let detailColumns = ["score", "picture_width", "picture_height", "file_name"]

  /// Those that are always read, then those of each part asked for, in the order of ``init(row:_:)``.
  fileprivate static func columns(_ parts: PoseParts) -> String {
    var columns = ["id", "image_id", "keypoints", "created_at", "updated_at", "corrected_at"]
    if parts.contains(.details) { columns += detailColumns }
    if parts.contains(.world) { columns.append("world_keypoints") }
    if parts.contains(.detection) { columns.append("detected_keypoints") }
    return columns.joined(separator: ", ")
  }

  /// Text is read as bytes: GRDB ends it at a zero, and repairs what is not UTF-8, both of which rows of others may hold.
  fileprivate init(row: Row, _ parts: PoseParts) throws {
    self.init(
      id: try row.decode(atIndex: 0), imageID: EscapedText.text(try row.decode(Data.self, atIndex: 1)),
      keypoints: Array(try row.decode(Data.self, atIndex: 2)), createdAt: row.time(at: 3), updatedAt: row.time(at: 4),
      correctedAt: row.time(at: 5))
    var index = 6
    if parts.contains(.details) {
      self.details = PoseDetails(
        score: try row.decode(Float?.self, atIndex: 6).flatMap { $0.isFinite ? $0 : nil },
        pictureWidth: try row.decode(atIndex: 7),
        pictureHeight: try row.decode(atIndex: 8),
        fileName: try row.decode(Data?.self, atIndex: 9).map(EscapedText.text))
      index += Self.detailColumns.count
    }
    if parts.contains(.world) {
      worldKeypoints = try row.decode(Data?.self, atIndex: index).map { Array($0) }
      index += 1
    }
    if parts.contains(.detection) {
      detectedKeypoints = try row.decode(Data?.self, atIndex: index).map { Array($0) }
    }
  }
}

extension Row {
  /// A time in seconds since 1970; nil for what is no time that a dump can hold, which another program may have written.
  func time(at index: Int) -> Int64? {
    guard let seconds = try? decode(Int64?.self, atIndex: index), CivilDate.writable.contains(seconds) else {
      return nil
    }
    return seconds
  }
}
