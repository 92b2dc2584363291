import PoseCore

extension MySQLPoseRepository {
  /// - Parameter isLocked: whether nobody else may change the row until the transaction ends.
  static func row(
    _ id: Int, _ parts: PoseParts, _ connection: MySQLConnection, isLocked: Bool = false
  ) throws -> PoseRecord? {
    let sql = "SELECT \(PoseRecord.columns(parts)) FROM poses WHERE id = ?" + (isLocked ? " FOR UPDATE" : "")
    return try connection.rows(sql, [.int(id)]).first.map { try PoseRecord(row: $0, parts) }
  }
}

extension MySQLPoseRepository {
  /// Takes ``NewPose/values``.
  static let insertion =
    """
    INSERT INTO poses (image_id, keypoints, created_at, updated_at, score, picture_width, picture_height, file_name,
      world_keypoints)
    VALUES (?, ?, FROM_UNIXTIME(?), FROM_UNIXTIME(?), ?, ?, ?, ?, ?)
    """
}

extension NewPose {
  var values: [MySQLValue] {
    [
      .text(imageID.description), .bytes(keypoints), .int(createdAt), .int(createdAt),
      details.score.map { .double(Double($0)) } ?? .null, details.pictureWidth.map { .int($0) } ?? .null,
      details.pictureHeight.map { .int($0) } ?? .null, details.fileName.map { .text($0) } ?? .null,
      worldKeypoints.map { .bytes($0) } ?? .null,
    ]
  }
}

extension ImageID {
  /// As they stand in tables. Where the column's collation tells capitals apart, a comparison finds only one of them.
  var spellings: [String] { [description.uppercased(), description] }
}

extension PoseRecord {
  private static let detailColumns = ["score", "picture_width", "picture_height", "file_name"]

  /// Those that are always read, then those of each part asked for, in the order of ``init(row:_:)``.
  static func columns(_ parts: PoseParts) -> String {
    var columns = ["id", "image_id", "keypoints"]
    // a zero date is no time; adopted columns may have fractions of a second
    columns += ["created_at", "updated_at", "corrected_at"].map { "NULLIF(FLOOR(UNIX_TIMESTAMP(\($0))), 0)" }
    if parts.contains(.details) { columns += detailColumns }
    if parts.contains(.world) { columns.append("world_keypoints") }
    if parts.contains(.detection) { columns.append("detected_keypoints") }
    return columns.joined(separator: ", ")
  }

  init(row: MySQLRow, _ parts: PoseParts) throws {
    self.init(
      id: Int(try row.int(0) ?? 0), imageID: row.text(1) ?? "", keypoints: row.bytes(2) ?? [],
      createdAt: try row.int(3), updatedAt: try row.int(4), correctedAt: try row.int(5))
    var index = 6
    if parts.contains(.details) {
      details = PoseDetails(
        score: try row.double(6).map { Float($0) }, pictureWidth: try row.int(7).map { Int($0) },
        pictureHeight: try row.int(8).map { Int($0) }, fileName: row.text(9))
      index += Self.detailColumns.count
    }
    if parts.contains(.world) {
      worldKeypoints = row.bytes(index)
      index += 1
    }
    if parts.contains(.detection) { detectedKeypoints = row.bytes(index) }
  }
}
