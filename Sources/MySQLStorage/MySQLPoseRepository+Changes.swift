public import PoseCore

extension MySQLPoseRepository {
  public func insert(_ poses: [NewPose]) async throws -> [PoseRecord] {
    guard let first = poses.first else { return [] }
    guard poses.count > 1 else {
      // spares the server two more statements
      return [PoseRecord(id: try await database.addRow(Self.insertion, first.values), first)]
    }
    return try await database.write(rowsAdded: \.count) { try Self.insert(poses, $0) }
  }

  static func insert(_ poses: [NewPose], _ connection: MySQLConnection) throws -> [PoseRecord] {
    try poses.map { PoseRecord(id: try connection.change(insertion, $0.values).insertedID, $0) }
  }

  public func update(
    _ id: Int, keypoints: [UInt8], at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord? {
    try await database.write { connection in
      guard let pose = try Self.row(id, [], connection, isLocked: true) else { return nil }
      try condition(pose)
      try connection.change(
        """
        UPDATE poses SET detected_keypoints = COALESCE(detected_keypoints, keypoints), keypoints = ?,
          corrected_at = FROM_UNIXTIME(?), updated_at = FROM_UNIXTIME(?), \(Self.keepingCreation) WHERE id = ?
        """,
        [.bytes(keypoints), .int(seconds), .int(seconds), .int(id)])
      return try Self.row(id, parts, connection)
    }
  }

  public func revert(
    _ id: Int, at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord? {
    try await database.write { connection in
      guard let pose = try Self.row(id, [], connection, isLocked: true) else { return nil }
      try condition(pose)
      try connection.change(
        """
        UPDATE poses SET keypoints = detected_keypoints, detected_keypoints = NULL, corrected_at = NULL,
          updated_at = FROM_UNIXTIME(?), \(Self.keepingCreation) WHERE id = ? AND detected_keypoints IS NOT NULL
        """,
        [.int(seconds), .int(id)])
      return try Self.row(id, parts, connection)
    }
  }

  public func delete(_ id: Int, if condition: @escaping Condition) async throws -> DeletedPose? {
    try await database.write(rowsAdded: { $0 == nil ? 0 : -1 }) { connection in
      let sharing = try Self.lockPicture(ofPose: id, connection)
      guard let pose = try Self.row(id, [], connection, isLocked: true) else { return nil }
      try condition(pose)
      try connection.change("DELETE FROM poses WHERE id = ?", [.int(id)])
      return DeletedPose(imageID: pose.imageID, imageIsShared: sharing.contains { $0 != id })
    }
  }

  /// The first TIMESTAMP of a table that an old server made follows each change unless it is set.
  private static let keepingCreation = "created_at = created_at"

  /// Locks the first two poses of the picture that pose `id` shows, and the gaps around them, and returns their ids:
  /// two of each way in which the picture's id is written.
  ///
  /// Two are enough to know whether another pose remains. All who delete poses of one picture, on any server, lock
  /// its first pose first, so they take turns; and whoever adds a pose waits for them.
  private static func lockPicture(ofPose id: Int, _ connection: MySQLConnection) throws -> Set<Int> {
    let rows = try connection.rows("SELECT image_id FROM poses WHERE id = ?", [.int(id)])
    guard let image = rows.first?.text(0) else { return [] }
    var locked: Set<Int> = []
    // one after the other, in the same order for all: each is a plain search of the index, which locks nothing else
    for spelling in Set([image] + (ImageID(image)?.spellings ?? [])).sorted() {
      try connection.forEach(
        "SELECT id FROM poses FORCE INDEX (idx_image_id) WHERE image_id = ? ORDER BY id LIMIT 2 FOR UPDATE",
        [.text(spelling)]
      ) { row in
        if let id = try row.int(0) { locked.insert(Int(id)) }
      }
    }
    return locked
  }
}
