public import PoseCore

/// Poses in the table `poses` of MySQL or MariaDB.
public struct MySQLPoseRepository: PoseRepository {
  let database: MySQLDatabase

  public func datasetID() async throws -> String {
    try await database.read(Self.datasetID)
  }

  public func find(_ id: Int) async throws -> PoseRecord? {
    try await database.read { connection in try Self.row(id, connection) }
  }

  public func list(_ page: PosePage) async throws -> [PoseRecord] {
    try await database.read { connection in
      switch page {
      case .offset(let offset, let limit):
        // the rows themselves are read only once their ids are known
        try connection.rows(
          """
          SELECT \(PoseRecord.columns) FROM poses JOIN (
            SELECT id FROM poses FORCE INDEX (posevault_id) ORDER BY id DESC LIMIT ? OFFSET ?
          ) AS page USING (id) ORDER BY id DESC
          """, [.int(max(limit, 0)), .int(max(offset, 0))])
      case .after(let id, let limit):
        try connection.rows(
          "SELECT \(PoseRecord.columns) FROM poses WHERE id < ? ORDER BY id DESC LIMIT ?",
          [.int(id), .int(max(limit, 0))])
      }
    }.map(PoseRecord.init)
  }

  public func count() async throws -> Int {
    try await database.total.current { [database] in
      try await database.read { connection in
        let before = database.total.now
        return try connection.transaction("START TRANSACTION WITH CONSISTENT SNAPSHOT") {
          let after = database.total.now
          let rows = try connection.rows("SELECT COUNT(*) FROM poses FORCE INDEX (posevault_id)").first?.int(0)
          return RowCount.Snapshot(rows: Int(rows ?? 0), before: before, after: after)
        }
      }
    }
  }

  public func referenced(among ids: [ImageID]) async throws -> Set<ImageID> {
    try await database.read { connection in
      var referenced: Set<ImageID> = []
      for start in stride(from: 0, to: ids.count, by: Self.idsPerStatement) {
        // filled up with the last one, so that one prepared statement serves any number
        let part = (start..<start + Self.idsPerStatement).map { ids[min($0, ids.count - 1)] }
        try connection.forEach(Self.findImages, part.map { .text($0.description) }) { row in
          if let id = ImageID(row.text(0)) { referenced.insert(id) }
        }
      }
      return referenced
    }
  }

  public func ping() async throws {
    try await database.ping { connection in _ = try Self.datasetID(connection) }
  }

  static func row(_ id: Int, _ connection: MySQLConnection, locked: Bool = false) throws -> PoseRecord? {
    let sql = "SELECT \(PoseRecord.columns) FROM poses WHERE id = ?" + (locked ? " FOR UPDATE" : "")
    return try connection.rows(sql, [.int(id)]).first.map(PoseRecord.init)
  }

  private static func datasetID(_ connection: MySQLConnection) throws -> String {
    guard let row = try connection.rows("SELECT value FROM posevault_meta WHERE name = 'dataset_id'").first else {
      throw PoseVaultError(.storageUnavailable, "The database has lost its dataset id; it is damaged.")
    }
    return row.text(0)
  }

  private static let idsPerStatement = 100
  private static let findImages =
    "SELECT DISTINCT image_id FROM poses WHERE image_id IN ("
    + repeatElement("?", count: idsPerStatement).joined(separator: ", ") + ")"
}

extension PoseRecord {
  static let columns = "id, image_id, keypoints, UNIX_TIMESTAMP(created_at), UNIX_TIMESTAMP(updated_at)"

  init(row: MySQLRow) throws {
    self.init(
      id: Int(try row.int(0) ?? 0), imageID: row.text(1), keypoints: row.bytes(2), createdAt: try row.int(3),
      updatedAt: try row.int(4))
  }
}
