import GRDB
public import PoseCore

/// Poses in the table `poses` of the SQLite file.
public struct SQLitePoseRepository: PoseRepository, PoolUser {
  let database: SQLiteDatabase

  public var pools: [PoolLoad] { database.pools }

  public func datasetID() async throws -> String {
    try await database.read { db in
      let statement = try db.cachedStatement(sql: "SELECT value FROM posevault_meta WHERE name = 'dataset_id'")
      guard let id = try String.fetchOne(statement) else {
        throw PoseVaultError(.storageUnavailable, "The database has lost its dataset id; it is damaged.")
      }
      return id
    }
  }

  public func insert(_ poses: [NewPose]) async throws -> [PoseRecord] {
    try await database.write(rowsAdded: \.count) { db in try Self.insert(poses, db) }
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
    try await database.read { db in try Self.row(id, parts, db) }
  }

  public func update(
    _ id: Int, keypoints: [UInt8], at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord? {
    try await database.write { db in
      guard let pose = try Self.row(id, [], db) else { return nil }
      try condition(pose)
      try db.execute(
        sql: """
          UPDATE poses SET detected_keypoints = coalesce(detected_keypoints, keypoints), keypoints = ?,
            corrected_at = ?, updated_at = ? WHERE id = ?
          """,
        arguments: [Self.text(keypoints), seconds, seconds, id])
      return try Self.row(id, parts, db)
    }
  }

  public func revert(
    _ id: Int, at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord? {
    try await database.write { db in
      guard let pose = try Self.row(id, [], db) else { return nil }
      try condition(pose)
      try db.execute(
        sql: """
          UPDATE poses SET keypoints = detected_keypoints, detected_keypoints = NULL, corrected_at = NULL,
            updated_at = ? WHERE id = ? AND detected_keypoints IS NOT NULL
          """,
        arguments: [seconds, id])
      return try Self.row(id, parts, db)
    }
  }

  public func delete(_ id: Int, if condition: @escaping Condition) async throws -> DeletedPose? {
    defer { database.eraseSoon() }
    return try await database.write(rowsAdded: { $0 == nil ? 0 : -1 }) { db in
      guard let pose = try Self.row(id, [], db) else { return nil }
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
