import GRDB
public import PoseCore

/// The trash in a table of the SQLite file.
public struct SQLiteTrash: TrashStore {
  let database: SQLiteDatabase

  public func discard(_ pictures: [StoredImage], for reason: TrashReason, at now: Int64) async throws {
    try await database.write { db in
      for picture in pictures {
        try db.execute(
          sql: """
            INSERT INTO posevault_trash (image_id, length, reason, trashed_at) SELECT ?, ?, ?, ?
            WHERE NOT EXISTS (SELECT 1 FROM posevault_trash WHERE image_id = ?)
            """,
          arguments: [
            picture.id.description, picture.length, reason.rawValue, now, picture.id.description,
          ])
      }
    }
  }

  public func trashed(among pictures: [ImageID]) async throws -> Set<ImageID> {
    guard !pictures.isEmpty else { return [] }
    return try await database.read { db in
      let marks = databaseQuestionMarks(count: pictures.count)
      let names = try String.fetchAll(
        db,
        sql: """
          SELECT image_id FROM posevault_trash WHERE image_id IN (\(marks))
          AND NOT EXISTS (SELECT 1 FROM poses WHERE poses.image_id = posevault_trash.image_id)
          """,
        arguments: StatementArguments(pictures.map(\.description)))
      return Set(names.compactMap { ImageID($0) })
    }
  }

  public func items(after: Int?, limit: Int) async throws -> [TrashItem] {
    try await database.read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT id, image_id, length, reason, trashed_at FROM posevault_trash AS item
          WHERE id > ? AND pose_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM posevault_trash AS other WHERE other.image_id = item.image_id AND other.pose_id IS NOT NULL)
          ORDER BY id LIMIT ?
          """,
        arguments: [after ?? 0, max(limit, 0)])
      return try rows.compactMap { row in
        // what a newer version puts there is left to it
        guard let picture = ImageID(try row.decode(String.self, forColumn: "image_id")),
          let reason = TrashReason(rawValue: try row.decode(forColumn: "reason"))
        else { return nil }
        return TrashItem(
          id: try row.decode(forColumn: "id"), picture: picture, length: try row.decode(forColumn: "length"),
          reason: reason, trashedAt: try row.decode(forColumn: "trashed_at"))
      }
    }
  }

  public func totals() async throws -> TrashTotals {
    try await database.read { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT count(*), total(length)
          FROM (SELECT max(length) AS length FROM posevault_trash GROUP BY image_id)
          """)
      return TrashTotals(
        count: try row?.decode(atIndex: 0) ?? 0, bytes: Int(try row?.decode(Double.self, atIndex: 1) ?? 0))
    }
  }

  public func remove(_ ids: [Int]) async throws {
    try await database.write { db in
      for id in ids { try db.execute(sql: "DELETE FROM posevault_trash WHERE id = ?", arguments: [id]) }
    }
  }
}

extension SQLiteTrash {
  public func discard(
    pose id: Int, length: Int, at now: Int64, if condition: @escaping PoseRepository.Condition
  ) async throws -> DeletedPose? {
    defer { database.eraseSoon() }
    return try await database.change(
      rowsAdded: { $0 == nil ? 0 : -1 },
      noting: { $0.map { [AuditSubject.pose(id), AuditSubject.image($0.imageID)] } ?? [] }
    ) { db in
      guard let bare = try SQLitePoseRepository.row(id, parts: [], in: db),
        let pose = try SQLitePoseRepository.row(id, parts: .all, in: db)
      else { return nil }
      try condition(bare)
      try db.execute(sql: "DELETE FROM posevault_trash WHERE pose_id = ?", arguments: [id])
      try db.execute(
        sql: """
          INSERT INTO posevault_trash (image_id, length, reason, trashed_at, pose, pose_id) VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          pose.trashedPicture, length, TrashReason.deleted.rawValue, now, pose.trashText, id,
        ])
      try db.execute(sql: "DELETE FROM poses WHERE id = ?", arguments: [id])
      let isShared = try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM poses WHERE image_id = ?)", arguments: [pose.imageID])
      return DeletedPose(imageID: pose.imageID, imageIsShared: isShared ?? false)
    }
  }

  public func deletedPoses(before: Int?, limit: Int, of pose: Int?) async throws -> [TrashedPose] {
    try await database.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT id, pose, trashed_at FROM posevault_trash
          WHERE pose_id IS NOT NULL AND id < ? AND (pose_id = ? OR ?) ORDER BY id DESC LIMIT ?
          """, arguments: [before ?? Int.max, pose, pose == nil, max(limit, 0)]
      ).map(Self.pose)
    }
  }

  public func deletedPose(_ id: Int) async throws -> TrashedPose? {
    try await database.read { db in try Self.pose(id, db) }
  }

  public func restorePose(_ id: Int) async throws -> PoseRecord? {
    defer { database.eraseSoon() }
    return try await database.change(
      rowsAdded: { $0 == nil ? 0 : 1 }, noting: { AuditSubject.of($0) }
    ) { db in
      guard let item = try Self.pose(id, db) else { return nil }
      try SQLitePoseRepository.restore([item.pose], db)
      try db.execute(sql: "DELETE FROM posevault_trash WHERE id = ?", arguments: [id])
      return item.pose
    }
  }

  public func removePose(_ id: Int) async throws -> DeletedPose? {
    defer { database.eraseSoon() }
    let removed = try await database.change(
      noting: { $0.map { [AuditSubject.pose($0.pose), AuditSubject.image($0.deleted.imageID)] } ?? [] }
    ) { db -> (pose: Int, deleted: DeletedPose)? in
      guard let item = try Self.pose(id, db) else { return nil }
      try db.execute(sql: "DELETE FROM posevault_trash WHERE id = ?", arguments: [id])
      let isShared = try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (SELECT 1 FROM poses WHERE image_id = ?) OR EXISTS (
            SELECT 1 FROM posevault_trash WHERE image_id = ? AND pose_id IS NOT NULL)
          """, arguments: [item.pose.imageID, item.pose.imageID])
      if isShared != true {
        // nor is it one that the sweep has found
        try db.execute(
          sql: "DELETE FROM posevault_trash WHERE image_id = ?", arguments: [item.pose.imageID])
      }
      return (item.pose.id, DeletedPose(imageID: item.pose.imageID, imageIsShared: isShared ?? false))
    }
    return removed?.deleted
  }

  private static func pose(_ id: Int, _ db: Database) throws -> TrashedPose? {
    try Row.fetchOne(
      db, sql: "SELECT id, pose, trashed_at FROM posevault_trash WHERE id = ? AND pose_id IS NOT NULL",
      arguments: [id]
    ).map(pose)
  }

  private static func pose(_ row: Row) throws -> TrashedPose {
    TrashedPose(
      id: try row.decode(atIndex: 0), pose: try PoseRecord(trashText: try row.decode(atIndex: 1)),
      trashedAt: try row.decode(atIndex: 2))
  }
}
