#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import GRDB
public import PoseCore

/// Poses in the table `poses` of the SQLite file.
public struct SQLitePoseRepository: PoseRepository, PoolUser {
  let database: SQLiteDatabase

  public var pools: [PoolLoad] { database.pools }

  public func datasetID() async throws -> String {
    try await database.read { db in try Self.datasetID(db) }
  }

  static func datasetID(_ db: Database) throws -> String {
    let statement = try db.cachedStatement(sql: "SELECT value FROM posevault_meta WHERE name = 'dataset_id'")
    guard let id = try String.fetchOne(statement) else {
      throw PoseVaultError(.storageUnavailable, "The database has lost its dataset id; it is damaged.")
    }
    return id
  }

  public func insert(_ poses: [NewPose]) async throws -> [PoseRecord] {
    try await database.change(rowsAdded: { $0.count }, noting: AuditSubject.of) { db in try Self.insert(poses, db) }
  }

  static func insert(_ poses: [NewPose], _ db: Database) throws -> [PoseRecord] {
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO poses (image_id, keypoints, created_at, updated_at, score, picture_width, picture_height,
          file_name, world_keypoints) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    return try poses.map { pose in
      try statement.execute(
        arguments: [
          pose.imageID.description, text(pose.keypoints), pose.createdAt, pose.createdAt, pose.details.score,
          pose.details.pictureWidth, pose.details.pictureHeight, pose.details.fileName,
          pose.worldKeypoints.map(text),
        ])
      return PoseRecord(id: Int(db.lastInsertedRowID), pose)
    }
  }

  public func find(_ id: Int, with parts: PoseParts) async throws -> PoseRecord? {
    try await database.read { db in try Self.row(id, parts: parts, in: db) }
  }

  public func update(
    _ id: Int, keypoints: [UInt8], at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord? {
    try await database.change(noting: AuditSubject.of) { db in
      guard let pose = try Self.row(id, parts: [], in: db) else { return nil }
      try condition(pose)
      try db.execute(
        sql: """
          UPDATE poses SET detected_keypoints = coalesce(detected_keypoints, keypoints), keypoints = ?,
            corrected_at = ?, updated_at = ? WHERE id = ?
          """,
        arguments: [Self.text(keypoints), seconds, seconds, id])
      return try Self.row(id, parts: parts, in: db)
    }
  }

  public func revert(
    _ id: Int, at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord? {
    try await database.change(noting: AuditSubject.of) { db in
      guard let pose = try Self.row(id, parts: [], in: db) else { return nil }
      try condition(pose)
      try db.execute(
        sql: """
          UPDATE poses SET keypoints = detected_keypoints, detected_keypoints = NULL, corrected_at = NULL,
            updated_at = ? WHERE id = ? AND detected_keypoints IS NOT NULL
          """,
        arguments: [seconds, id])
      return try Self.row(id, parts: parts, in: db)
    }
  }

  public func delete(_ id: Int, if condition: @escaping Condition) async throws -> DeletedPose? {
    defer { database.eraseSoon() }
    return try await database.change(
      rowsAdded: { $0 == nil ? 0 : -1 },
      noting: { $0.map { [AuditSubject.pose(id), AuditSubject.image($0.imageID)] } ?? [] }
    ) { db in
      guard let pose = try Self.row(id, parts: [], in: db) else { return nil }
      try condition(pose)
      try db.execute(sql: "DELETE FROM poses WHERE id = ?", arguments: [id])
      let isShared = try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM poses WHERE image_id = ?)", arguments: [pose.imageID])
      return DeletedPose(imageID: pose.imageID, imageIsShared: isShared ?? false)
    }
  }

  public func referenced(among ids: [ImageID]) async throws -> Set<ImageID> {
    try await database.read { db in
      var referenced: Set<ImageID> = []
      for start in stride(from: 0, to: ids.count, by: Self.variablesPerStatement) {
        let part = ids[start..<min(start + Self.variablesPerStatement, ids.count)]
        let places = databaseQuestionMarks(count: part.count)
        let names = try String.fetchCursor(
          db, sql: "SELECT image_id FROM poses WHERE image_id IN (\(places))",
          arguments: StatementArguments(part.map(\.description)))
        while let name = try names.next() {
          if let id = ImageID(name) { referenced.insert(id) }
        }
      }
      return referenced
    }
  }

  public func ping() async throws {
    try await database.check()
    _ = try await datasetID()
  }

  static func text(_ json: [UInt8]) -> String { String(decoding: json, as: UTF8.self) }

  private static let variablesPerStatement = 500
}

extension SQLitePoseRepository {
  public func list(_ page: PosePage, of filter: PoseFilter, with parts: PoseParts) async throws -> [PoseRecord] {
    try await database.read { db in
      var ids = filter.selection
      switch page {
      case .offset(let offset, let limit):
        ids.sql += " ORDER BY id DESC LIMIT ? OFFSET ?"
        ids.arguments += [max(limit, 0), max(offset, 0)]
      case .after(let id, let limit):
        ids.sql += " AND id < ? ORDER BY id DESC LIMIT ?"
        ids.arguments += [id, max(limit, 0)]
      }
      // the rows themselves are read only once their ids are known
      return try Self.rows(parts, "WHERE id IN (SELECT id \(ids.sql)) ORDER BY id DESC", ids.arguments, in: db)
    }
  }

  public func count(of filter: PoseFilter) async throws -> Int {
    guard filter == .all else {
      return try await database.read { db in
        let rows = filter.selection
        return try Int.fetchOne(db, sql: "SELECT count(*) \(rows.sql)", arguments: rows.arguments) ?? 0
      }
    }
    return try await database.total.current { [database] in
      let before = database.total.now
      return try await database.read { db in
        let rows = try Int.fetchOne(db, sql: "SELECT poses FROM posevault_total") ?? 0
        return RowCount.Snapshot(rows: rows, before: before, after: database.total.now)
      }
    }
  }
}

extension PoseFilter {
  /// From `FROM` to the conditions, using the index that covers them all, or leaves few rows to check.
  fileprivate var selection: (sql: String, arguments: StatementArguments) {
    var conditions = ["TRUE"]
    var arguments = StatementArguments()
    if let imageID {
      conditions.append("image_id = ?")
      arguments += [imageID.description]
    }
    if let createdFrom {
      conditions.append("created_at >= ?")
      arguments += [createdFrom]
    }
    if let createdBefore {
      conditions.append("created_at < ?")
      arguments += [createdBefore]
    }
    switch fileName {
    case .equals(let name):
      conditions.append("file_name = ?")
      arguments += [name]
    case .contains(let search):
      conditions.append("file_name IS NOT NULL")
      for word in search.words {
        let forms = word.forms.map(Self.pattern)
        conditions.append("(\(forms.map { _ in "file_name GLOB ?" }.joined(separator: " OR ")))")
        arguments += StatementArguments(forms)
      }
    case nil: break
    }
    if let isCorrected { conditions.append(isCorrected ? "corrected_at IS NOT NULL" : "corrected_at IS NULL") }
    return ("FROM poses INDEXED BY \(index) WHERE \(conditions.joined(separator: " AND "))", arguments)
  }

  private var index: String {
    if imageID != nil { return "idx_image_id" }
    if case .equals = fileName { return "idx_file_name" }
    return self == .all ? "idx_id" : "idx_filter"
  }

  private static func pattern(_ letters: [NameSearch.Letter]) -> String {
    var pattern = "*"
    for letter in letters {
      let isSet = letter.count > 1 || letter.contains { ["*", "?", "["].contains($0) }
      if isSet { pattern.unicodeScalars.append("[") }
      pattern.unicodeScalars += letter
      if isSet { pattern.unicodeScalars.append("]") }
    }
    return pattern + "*"
  }
}

extension SQLitePoseRepository {
  static func row(_ id: Int, parts: PoseParts, in db: Database) throws -> PoseRecord? {
    try rows(parts, "WHERE id = ?", [id], in: db).first
  }

  static func rows(
    _ parts: PoseParts, _ clause: String, _ arguments: StatementArguments, in db: Database
  ) throws -> [PoseRecord] {
    let statement = try db.cachedStatement(sql: "SELECT \(PoseRecord.columns(parts)) FROM poses " + clause)
    return try Array(Row.fetchCursor(statement, arguments: arguments).map { try PoseRecord(row: $0, parts) })
  }
}

extension PoseRecord {
  private static let detailColumns = ["score", "picture_width", "picture_height", "file_name"]

  /// The columns that are always read, then those of each requested part, in the order of ``init(row:_:)``.
  fileprivate static func columns(_ parts: PoseParts) -> String {
    var columns = ["id", "image_id", "keypoints", "created_at", "updated_at", "corrected_at"]
    if parts.contains(.details) { columns += detailColumns }
    if parts.contains(.world) { columns.append("world_keypoints") }
    if parts.contains(.detection) { columns.append("detected_keypoints") }
    return columns.joined(separator: ", ")
  }

  /// Text is read as bytes: GRDB ends it at a zero, and repairs invalid UTF-8, both of which other programs' rows may
  /// contain.
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
  /// A time in seconds since 1970; nil for a time that a dump can't contain, which another program may have written.
  func time(at index: Int) -> Int64? {
    guard let seconds = try? decode(Int64?.self, atIndex: index), CivilDate.writable.contains(seconds) else {
      return nil
    }
    return seconds
  }
}
