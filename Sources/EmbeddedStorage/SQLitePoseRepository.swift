import GRDB
public import PoseCore

/// Poses in the table `poses` of the SQLite file.
public struct SQLitePoseRepository: PoseRepository {
  let database: SQLiteDatabase

  public func datasetID() async throws -> String {
    try await database.read { db in
      guard let id = try String.fetchOne(db, sql: "SELECT value FROM posevault_meta WHERE name = 'dataset_id'") else {
        throw PoseVaultError(.storageUnavailable, "The database has lost its dataset id; it is damaged.")
      }
      return id
    }
  }

  public func insert(_ poses: [NewPose]) async throws -> [PoseRecord] {
    try await database.write { db in
      let statement = try db.cachedStatement(
        sql: "INSERT INTO poses (image_id, keypoints, created_at, updated_at) VALUES (?, ?, ?, ?)")
      return try poses.map { pose in
        let imageID = pose.imageID.description
        try statement.execute(
          arguments: [imageID, String(decoding: pose.keypoints, as: UTF8.self), pose.createdAt, pose.createdAt])
        return PoseRecord(
          id: Int(db.lastInsertedRowID), imageID: imageID, keypoints: pose.keypoints, createdAt: pose.createdAt,
          updatedAt: pose.createdAt)
      }
    }
  }

  public func find(_ id: Int) async throws -> PoseRecord? {
    try await database.read { db in try Self.row(id, db) }
  }

  public func list(_ page: PosePage) async throws -> [PoseRecord] {
    try await database.read { db in
      switch page {
      case .offset(let offset, let limit):
        // the rows themselves are read only once their ids are known
        try Self.rows(
          "WHERE id IN (SELECT id FROM poses INDEXED BY idx_id ORDER BY id DESC LIMIT ? OFFSET ?) ORDER BY id DESC",
          [max(limit, 0), max(offset, 0)], db)
      case .after(let id, let limit):
        try Self.rows("WHERE id < ? ORDER BY id DESC LIMIT ?", [id, max(limit, 0)], db)
      }
    }
  }

  public func count() async throws -> Int {
    try await database.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM poses") ?? 0 }
  }

  public func update(
    _ id: Int, keypoints: [UInt8], at seconds: Int64, if condition: @escaping Condition
  ) async throws -> PoseRecord? {
    try await database.write { db in
      guard var pose = try Self.row(id, db) else { return nil }
      try condition(pose)
      pose.keypoints = keypoints
      pose.updatedAt = seconds
      try db.execute(
        sql: "UPDATE poses SET keypoints = ?, updated_at = ? WHERE id = ?",
        arguments: [String(decoding: keypoints, as: UTF8.self), seconds, id])
      return pose
    }
  }

  public func delete(_ id: Int, if condition: @escaping Condition) async throws -> DeletedPose? {
    try await database.write { db in
      guard let pose = try Self.row(id, db) else { return nil }
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
    _ = try await datasetID()
  }

  private static func row(_ id: Int, _ db: Database) throws -> PoseRecord? {
    try rows("WHERE id = ?", [id], db).first
  }

  private static func rows(_ clause: String, _ arguments: StatementArguments, _ db: Database) throws -> [PoseRecord] {
    let sql = "SELECT \(PoseRecord.columns) FROM poses " + clause
    return try Array(Row.fetchCursor(db, sql: sql, arguments: arguments).map(PoseRecord.init(row:)))
  }

  private static let variablesPerStatement = 500
}

extension PoseRecord {
  static let columns = "id, image_id, keypoints, created_at, updated_at"

  init(row: Row) throws {
    self.init(
      id: try row.decode(atIndex: 0), imageID: try row.decode(atIndex: 1),
      keypoints: Array(try row.decode(String.self, atIndex: 2).utf8), createdAt: try row.decode(atIndex: 3),
      updatedAt: try row.decode(atIndex: 4))
  }
}
