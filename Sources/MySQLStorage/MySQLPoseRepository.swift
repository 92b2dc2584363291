public import PoseCore

/// Poses in the table `poses` of MySQL or MariaDB.
public struct MySQLPoseRepository: PoseRepository, PoolUser {
  let database: MySQLDatabase

  public var pools: [PoolLoad] { [database.load] }

  public func datasetID() async throws -> String {
    try await database.read(Self.datasetID)
  }

  public func find(_ id: Int, with parts: PoseParts) async throws -> PoseRecord? {
    try await database.read { connection in try Self.row(id, parts, connection) }
  }

  public func referenced(among ids: [ImageID]) async throws -> Set<ImageID> {
    try await database.read { connection in
      var referenced: Set<ImageID> = []
      let spellings = ids.flatMap(\.spellings)
      for start in stride(from: 0, to: spellings.count, by: Self.spellingsPerStatement) {
        // filled up with the last one, so that one prepared statement serves any number
        let part = (start..<start + Self.spellingsPerStatement).map { spellings[min($0, spellings.count - 1)] }
        try connection.forEach(Self.findImages, part.map { .text($0) }) { row in
          if let id = row.text(0).flatMap({ ImageID($0) }) { referenced.insert(id) }
        }
      }
      return referenced
    }
  }

  public func ping() async throws {
    try await database.ping { connection in _ = try Self.datasetID(connection) }
  }

  private static func datasetID(_ connection: MySQLConnection) throws -> String {
    let row = try connection.rows("SELECT value FROM posevault_meta WHERE name = 'dataset_id'").first
    guard let id = row?.text(0) else {
      throw PoseVaultError(.storageUnavailable, "The database has lost its dataset id; it is damaged.")
    }
    return id
  }

  private static let spellingsPerStatement = 100
  private static let findImages =
    "SELECT DISTINCT image_id FROM poses WHERE image_id IN ("
    + repeatElement("?", count: spellingsPerStatement).joined(separator: ", ") + ")"
}
