public import PoseCore

/// The trash in a table of the pose database.
public struct MySQLTrash: TrashStore {
  let database: MySQLDatabase

  public func discard(_ pictures: [StoredImage], for reason: TrashReason, at now: Int64) async throws {
    try await database.write { connection in
      for picture in pictures {
        try connection.change(
          """
          INSERT INTO posevault_trash (image_id, length, reason, trashed_at) SELECT ?, ?, ?, ? FROM DUAL
          WHERE NOT EXISTS (SELECT 1 FROM posevault_trash AS other WHERE other.image_id = ?)
          """,
          [
            .text(picture.id.description), .int(picture.length), .text(reason.rawValue), .int(now),
            .text(picture.id.description),
          ])
      }
    }
  }

  public func trashed(among pictures: [ImageID]) async throws -> Set<ImageID> {
    guard !pictures.isEmpty else { return [] }
    let marks = Array(repeating: "?", count: pictures.count).joined(separator: ", ")
    return try await database.read { connection in
      let rows = try connection.rows(
        "SELECT image_id FROM posevault_trash WHERE image_id IN (\(marks))", pictures.map { .text($0.description) })
      let found = Set(rows.compactMap { $0.text(0).flatMap { ImageID($0) } })
      guard !found.isEmpty else { return [] }
      return found.subtracting(try MySQLPoseRepository.referenced(among: Array(found), connection))
    }
  }

  public func items(after: Int?, limit: Int) async throws -> [TrashItem] {
    try await database.read { connection in
      let rows = try connection.rows(
        """
        SELECT id, image_id, length, reason, trashed_at FROM posevault_trash AS item
        WHERE id > ? AND pose_id IS NULL AND NOT EXISTS (
          SELECT 1 FROM posevault_trash AS other WHERE other.image_id = item.image_id AND other.pose_id IS NOT NULL)
        ORDER BY id LIMIT ?
        """, [.int(after ?? 0), .int(max(limit, 0))])
      return try rows.compactMap { row in
        // what a newer version puts there is left to it
        guard let picture = ImageID(try row.text(1).notNull()),
          let reason = TrashReason(rawValue: try row.text(3).notNull())
        else { return nil }
        return TrashItem(
          id: Int(try row.int(0).notNull()), picture: picture, length: Int(try row.int(2).notNull()), reason: reason,
          trashedAt: try row.int(4).notNull())
      }
    }
  }

  public func totals() async throws -> TrashTotals {
    try await database.read { connection in
      let row = try connection.rows(
        """
        SELECT COUNT(*), CAST(COALESCE(SUM(length), 0) AS SIGNED)
        FROM (SELECT MAX(length) AS length FROM posevault_trash GROUP BY image_id) AS pictures
        """
      ).first
      return TrashTotals(count: Int(try row?.int(0) ?? 0), bytes: Int(try row?.int(1) ?? 0))
    }
  }

  public func remove(_ ids: [Int]) async throws {
    try await database.write { connection in
      for id in ids { try connection.change("DELETE FROM posevault_trash WHERE id = ?", [.int(id)]) }
    }
  }
}

extension MySQLTrash {
  public func discard(
    pose id: Int, length: Int, at now: Int64, if condition: @escaping PoseRepository.Condition
  ) async throws -> DeletedPose? {
    try await database.change(
      rowsAdded: { $0 == nil ? 0 : -1 },
      noting: { $0.map { [AuditSubject.pose(id), AuditSubject.image($0.imageID)] } ?? [] }
    ) { connection in
      let sharing = try MySQLPoseRepository.lockPicture(ofPose: id, connection)
      guard let bare = try MySQLPoseRepository.row(id, parts: [], over: connection, isLocked: true),
        let pose = try MySQLPoseRepository.row(id, parts: .all, over: connection, isLocked: true)
      else { return nil }
      try condition(bare)
      try connection.change("DELETE FROM posevault_trash WHERE pose_id = ?", [.int(id)])
      try connection.change(
        "INSERT INTO posevault_trash (image_id, length, reason, trashed_at, pose, pose_id) VALUES (?, ?, ?, ?, ?, ?)",
        [
          .text(pose.trashedPicture), .int(length), .text(TrashReason.deleted.rawValue), .int(now),
          .text(pose.trashText), .int(id),
        ])
      try connection.change("DELETE FROM poses WHERE id = ?", [.int(id)])
      return DeletedPose(imageID: pose.imageID, imageIsShared: sharing.contains { $0 != id })
    }
  }

  public func deletedPoses(before: Int?, limit: Int, of pose: Int?) async throws -> [TrashedPose] {
    try await database.read { connection in
      let condition = pose == nil ? "pose_id IS NOT NULL" : "pose_id = ?"
      return try connection.rows(
        """
        SELECT id, pose, trashed_at FROM posevault_trash WHERE \(condition) AND id < ? ORDER BY id DESC LIMIT ?
        """, (pose.map { [.int($0)] } ?? []) + [.int(before ?? .max), .int(max(limit, 0))]
      ).map(Self.pose)
    }
  }

  public func deletedPose(_ id: Int) async throws -> TrashedPose? {
    try await database.read { connection in try Self.pose(id, connection) }
  }

  public func restorePose(_ id: Int) async throws -> PoseRecord? {
    try await database.change(rowsAdded: { $0 == nil ? 0 : 1 }, noting: { AuditSubject.of($0) }) { connection in
      guard let item = try Self.pose(id, connection, isLocked: true) else { return nil }
      try MySQLPoseRepository.restore(item.pose, connection)
      try connection.change("DELETE FROM posevault_trash WHERE id = ?", [.int(id)])
      return item.pose
    }
  }

  public func removePose(_ id: Int) async throws -> DeletedPose? {
    let removed = try await database.change(
      noting: { $0.map { [AuditSubject.pose($0.pose), AuditSubject.image($0.deleted.imageID)] } ?? [] }
    ) { connection -> (pose: Int, deleted: DeletedPose)? in
      guard let item = try Self.pose(id, connection, isLocked: true) else { return nil }
      try connection.change("DELETE FROM posevault_trash WHERE id = ?", [.int(id)])
      let picture = item.pose.trashedPicture
      // the lock keeps others from bringing one back or removing it before this is committed
      let others = try connection.rows(
        "SELECT id, pose_id FROM posevault_trash WHERE image_id = ? FOR UPDATE", [.text(picture)])
      let isTrashed = try others.contains { try $0.int(1) != nil }
      let isShared = try isTrashed || !MySQLPoseRepository.lockPicture(item.pose.imageID, connection).isEmpty
      // nor is it one that the sweep has found
      if !isShared { try connection.change("DELETE FROM posevault_trash WHERE image_id = ?", [.text(picture)]) }
      return (item.pose.id, DeletedPose(imageID: item.pose.imageID, imageIsShared: isShared))
    }
    return removed?.deleted
  }

  private static func pose(
    _ id: Int, _ connection: MySQLConnection, isLocked: Bool = false
  ) throws -> TrashedPose? {
    try connection.rows(
      "SELECT id, pose, trashed_at FROM posevault_trash WHERE id = ? AND pose_id IS NOT NULL"
        + (isLocked ? " FOR UPDATE" : ""), [.int(id)]
    ).first.map(pose)
  }

  private static func pose(_ row: MySQLRow) throws -> TrashedPose {
    TrashedPose(
      id: Int(try row.int(0).notNull()), pose: try PoseRecord(trashText: try row.text(1).notNull()),
      trashedAt: try row.int(2).notNull())
  }
}
