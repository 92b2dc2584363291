public import PoseCore

/// What was erased, in a table of the pose database.
public struct MySQLErasures: ErasureLedger {
  let database: MySQLDatabase

  public func erase(
    pose id: Int, all: Bool, at now: Int64, if condition: @escaping PoseRepository.Condition
  ) async throws -> Erasure? {
    let erased = try await database.change(
      rowsAdded: { -($0?.removed.poses.count ?? 0) }, noting: { $0.map { Self.subjects($0.erasure) } ?? [] }
    ) { connection -> Erased? in
      guard let image = try Self.picture(ofPose: id, connection) else { return nil }
      let found = try Self.lockPoses(of: image, pose: id, connection)
      // somebody may have removed it before its picture was locked
      guard found.all.contains(id) else { return nil }
      if let pose = try MySQLPoseRepository.row(id, parts: [], over: connection, isLocked: true) { try condition(pose) }
      let others = found.all.filter { $0 != id }
      guard others.isEmpty || all else { throw PoseVaultError.sharedPicture(id, with: others) }
      let dataset = try MySQLPoseRepository.datasetID(connection)
      try Self.remove(found, of: image, connection)
      let subject = Erasure.subject(imageID: image, pose: id, dataset: dataset)
      let number = try Self.enter(subject, of: found.all, at: now, over: connection)
      return Erased(
        erasure: Erasure(id: number, subject: subject, poses: found.all, erasedAt: now), removed: found)
    }
    return erased?.erasure
  }

  public func record(_ erasures: [Erasure]) async throws -> Int {
    var count = 0
    for start in stride(from: 0, to: erasures.count, by: 200) {
      let part = erasures[start..<min(start + 200, erasures.count)]
      count += try await database.write { connection in
        var count = 0
        for erasure in part {
          count += try connection.change(
            "INSERT IGNORE INTO posevault_erased (subject, poses, erased_at, is_pending) VALUES (?, ?, ?, 1)",
            [.text(erasure.subject), .text(Self.text(erasure.poses)), .int(erasure.erasedAt)]
          ).rows
        }
        return count
      }
    }
    return count
  }

  public func erasures(after: Int?, limit: Int, isPending: Bool) async throws -> [Erasure] {
    try await database.read { connection in
      try connection.rows(
        """
        SELECT id, subject, poses, erased_at FROM posevault_erased
        WHERE id > ?\(isPending ? " AND is_pending = 1" : "") ORDER BY id LIMIT ?
        """, [.int(after ?? 0), .int(max(limit, 0))]
      ).map { row in
        Erasure(
          id: Int(try row.int(0).notNull()), subject: try row.text(1).notNull(),
          poses: try row.text(2).notNull().split(separator: ",").compactMap { Int($0) },
          erasedAt: try row.int(3).notNull())
      }
    }
  }

  public func isPending(_ picture: ImageID) async throws -> Bool {
    try await database.read { connection in
      try connection.rows(
        "SELECT 1 FROM posevault_erased WHERE subject = ? AND is_pending = 1", [.text(picture.description)]
      ).first != nil
    }
  }

  public func apply(_ erasure: Erasure) async throws -> RemovedPoses {
    try await database.change(
      rowsAdded: { -$0.poses.count }, noting: { $0.all.map { AuditSubject.pose($0) } }
    ) { connection in
      if let picture = erasure.picture {
        let found = try Self.lockPoses(of: picture.description, pose: nil, connection)
        try Self.remove(found, of: picture.description, connection)
        return found
      }
      guard let id = erasure.pose(of: try MySQLPoseRepository.datasetID(connection)),
        let image = try Self.picture(ofPose: id, connection), ImageID(image) == nil
      else { return RemovedPoses() }
      let found = try Self.lockPoses(of: image, pose: id, connection)
      try Self.remove(found, of: image, connection)
      return found
    }
  }

  public func reopen() async throws {
    _ = try await database.write { connection in
      try connection.change("UPDATE posevault_erased SET is_pending = 1")
    }
  }

  public func finish(_ id: Int) async throws {
    _ = try await database.write { connection in
      try connection.change("UPDATE posevault_erased SET is_pending = 0 WHERE id = ?", [.int(id)])
    }
  }

  private struct Erased: Sendable {
    let erasure: Erasure
    let removed: RemovedPoses
  }

  private static func subjects(_ erasure: Erasure) -> [String] {
    erasure.poses.map { AuditSubject.pose($0) } + (erasure.picture.map { [AuditSubject.image($0.description)] } ?? [])
  }

  private static func text(_ poses: [Int]) -> String { poses.map(String.init).joined(separator: ",") }

  /// As the pose refers to it, whether the pose is a row or in the trash; nil if there is no such pose.
  private static func picture(ofPose id: Int, _ connection: MySQLConnection) throws -> String? {
    let row = try connection.rows("SELECT image_id FROM poses WHERE id = ?", [.int(id)]).first
    if let row { return row.text(0) }
    return try connection.rows("SELECT image_id FROM posevault_trash WHERE pose_id = ?", [.int(id)]).first?.text(0)
  }

  /// All poses of a picture, locked; if it has no id of ours, only this pose.
  private static func lockPoses(
    of image: String, pose id: Int?, _ connection: MySQLConnection
  ) throws -> RemovedPoses {
    guard let picture = ImageID(image) else {
      guard let id else { return RemovedPoses() }
      let isRow = try MySQLPoseRepository.row(id, parts: [], over: connection, isLocked: true) != nil
      return isRow ? RemovedPoses(poses: [id]) : RemovedPoses(trashed: [id])
    }
    // the rows first, as those do who move one to the trash; who brings one back locks its item first, and one of both
    // is then begun again
    let rows = try MySQLPoseRepository.lockPicture(image, connection, isWhole: true)
    let trashed = try connection.rows(
      "SELECT pose_id FROM posevault_trash WHERE image_id = ? FOR UPDATE", [.text(picture.description)])
    return RemovedPoses(poses: rows.sorted(), trashed: try trashed.compactMap { try $0.int(0).map { Int($0) } })
  }

  private static func remove(_ found: RemovedPoses, of image: String, _ connection: MySQLConnection) throws {
    for id in found.poses { try connection.change("DELETE FROM poses WHERE id = ?", [.int(id)]) }
    for id in found.all { try connection.change("DELETE FROM posevault_trash WHERE pose_id = ?", [.int(id)]) }
    guard let picture = ImageID(image)?.description else { return }
    try connection.change("DELETE FROM posevault_trash WHERE image_id = ?", [.text(picture)])
    guard let first = found.all.first, let last = found.all.last else { return }
    // an answer names its first pose alone, and holds the landmarks of all
    try connection.change(
      "DELETE FROM posevault_uploads WHERE pose_id BETWEEN ? AND ? AND INSTR(answer, ?) > 0",
      [.int(first - ErasureLimits.posesOfUpload), .int(last), .text(picture)])
  }

  private static func enter(
    _ subject: String, of poses: [Int], at now: Int64, over connection: MySQLConnection
  ) throws -> Int {
    try connection.change(
      """
      INSERT INTO posevault_erased (subject, poses, erased_at, is_pending) VALUES (?, ?, ?, 1)
      ON DUPLICATE KEY UPDATE is_pending = 1
      """, [.text(subject), .text(text(poses)), .int(now)])
    let row = try connection.rows("SELECT id FROM posevault_erased WHERE subject = ?", [.text(subject)]).first
    return Int(try row?.int(0) ?? 0)
  }
}
