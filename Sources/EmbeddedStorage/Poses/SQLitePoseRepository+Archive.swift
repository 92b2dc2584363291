#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import GRDB
public import PoseCore

extension SQLitePoseRepository: ArchivablePoses {
  public func withSnapshot<Value: Sendable>(
    _ body: @Sendable (any PoseSnapshot) async throws -> Value
  ) async throws -> Value {
    let connection = try await database.snapshot()
    let outcome: Result<Value, any Error>
    do {
      outcome = .success(try await body(SQLiteSnapshot(database: database, connection: connection)))
    } catch {
      outcome = .failure(error)
    }
    // in a task of its own, because a cancelled one must end its transaction, too
    await Task { try? await database.onReader { try connection.close() } }.value
    return try outcome.get()
  }

  public func restore(_ poses: [PoseRecord]) async throws {
    try await database.write(rowsAdded: { poses.count }) { db in try Self.restore(poses, db) }
  }

  static func restore(_ poses: [PoseRecord], _ db: Database) throws {
    // as bytes, because GRDB cuts text at a zero, which rows of others may hold
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO poses (\(Self.columns.joined(separator: ", ")))
        VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))
        """)
    for pose in poses {
      try statement.execute(
        arguments: [
          pose.id, Data(pose.imageID.utf8), Data(pose.keypoints), pose.createdAt, pose.updatedAt, pose.correctedAt,
          pose.details.score, pose.details.pictureWidth, pose.details.pictureHeight,
          pose.details.fileName.map { Data($0.utf8) }, pose.worldKeypoints.map { Data($0) },
          pose.detectedKeypoints.map { Data($0) },
        ])
    }
  }

  public func continueIDs(at next: Int) async throws {
    try await database.write { db in
      guard try Self.nextID(db) < next else { return }
      try db.execute(sql: "DELETE FROM sqlite_sequence WHERE name = 'poses'")
      try db.execute(sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('poses', ?)", arguments: [next - 1])
    }
  }

  public func adopt(datasetID: String) async throws {
    try await database.write { db in
      try db.execute(sql: "UPDATE posevault_meta SET value = ? WHERE name = 'dataset_id'", arguments: [datasetID])
      // answers name poses of the database that this one was
      try db.execute(sql: "DELETE FROM posevault_uploads")
    }
  }

  /// SQLite keeps the largest id that it has assigned separately from the table.
  static func nextID(_ db: Database) throws -> Int {
    let last = try Int.fetchOne(db, sql: "SELECT max(seq) FROM sqlite_sequence WHERE name = 'poses'") ?? 0
    return last == .max ? last : last + 1
  }

  public func notIncluded() async throws -> [String] {
    try await database.read { db in
      let tables = try String.fetchAll(
        db,
        sql: """
          SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('poses', 'images', 'grdb_migrations')
          AND name NOT LIKE 'posevault\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
          """)
      let columns = try db.columns(in: "poses").map(\.name).filter { !Self.columns.contains($0) }
      return tables + columns.map { "poses." + $0 }
    }
  }

  private static let columns = [
    "id", "image_id", "keypoints", "created_at", "updated_at", "corrected_at", "score", "picture_width",
    "picture_height", "file_name", "world_keypoints", "detected_keypoints",
  ]
}

/// The tables besides `poses` that are in archives.
extension SQLitePoseRepository {
  public var tables: [String] { [TrashLine.table, AuditChain.table, AuditLine.table] }

  public var trail: (any RestorableTrail)? { SQLiteAuditTrail(database: database) }

  public func restore(_ lines: [TableLine], into table: String) async throws {
    switch table {
    case TrashLine.table: try await restore(trash: lines)
    case AuditChain.table:
      let chains = try lines.map { try AuditChain($0) }
      try await database.write { db in try SQLiteAuditTrail.restore(chains, db) }
    case AuditLine.table:
      let entries = try lines.map { try AuditLine($0) }
      try await database.write { db in try SQLiteAuditTrail.restore(entries, db) }
    default: throw PoseVaultError(.internal, "The table \(table) is not known here.")
    }
  }

  private func restore(trash lines: [TableLine]) async throws {
    let rows = try lines.map(TrashLine.init)
    try await database.write { db in
      for row in rows {
        try db.execute(
          sql: """
            INSERT INTO posevault_trash (id, image_id, length, reason, trashed_at, pose, pose_id)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
          arguments: [row.id, row.imageId, row.length, row.reason, row.trashedAt, row.pose, row.poseID])
      }
    }
  }

  public func removeLines(of table: String) async throws {
    guard table == TrashLine.table else { return }
    try await database.write { db in try db.execute(sql: "DELETE FROM posevault_trash") }
  }

  static func trashLines(after: Int?, limit: Int, _ db: Database) throws -> [TableLine] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT id, image_id, length, reason, trashed_at, pose FROM posevault_trash WHERE id > ? ORDER BY id LIMIT ?
        """, arguments: [after ?? 0, max(limit, 0)]
    ).map { row in
      TrashLine(
        id: try row.decode(atIndex: 0), imageId: try row.decode(atIndex: 1), length: try row.decode(atIndex: 2),
        reason: try row.decode(atIndex: 3), trashedAt: try row.decode(atIndex: 4), pose: try row.decode(atIndex: 5)
      ).line
    }
  }
}

extension SQLiteSnapshot {
  func lines(of table: String, after: Int?, limit: Int) async throws -> [TableLine] {
    try await read { db in
      switch table {
      case TrashLine.table: try SQLitePoseRepository.trashLines(after: after, limit: limit, db)
      case AuditChain.table:
        try SQLiteAuditTrail.chains("ORDER BY server", [], in: db).lines(after: after, limit: limit)
      case AuditLine.table:
        try SQLiteAuditTrail.lines("WHERE id > ? ORDER BY id LIMIT ?", [after ?? 0, max(limit, 0)], in: db).map(\.line)
      default: []
      }
    }
  }
}
