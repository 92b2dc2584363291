import GRDB
public import PoseCore

/// What was erased, in a table of the SQLite file.
public struct SQLiteErasures: ErasureLedger {
  let database: SQLiteDatabase

  public func erase(
    pose id: Int, all: Bool, at now: Int64, if condition: @escaping PoseRepository.Condition
  ) async throws -> Erasure? {
    defer { database.eraseSoon() }
    let erased = try await database.change(
      rowsAdded: { -($0?.removed.poses.count ?? 0) }, noting: { $0.map { Self.subjects($0.erasure) } ?? [] }
    ) { db -> Erased? in
      guard let image = try Self.picture(ofPose: id, db, if: condition) else { return nil }
      let dataset = try SQLitePoseRepository.datasetID(db)
      let found = try Self.poses(of: image, pose: id, in: db)
      let others = found.all.filter { $0 != id }
      guard others.isEmpty || all else { throw PoseVaultError.sharedPicture(id, with: others) }
      try Self.remove(found, of: image, db)
      let subject = Erasure.subject(imageID: image, pose: id, dataset: dataset)
      let number = try Self.enter(subject, of: found.all, at: now, in: db)
      return Erased(
        erasure: Erasure(id: number, subject: subject, poses: found.all, erasedAt: now), removed: found)
    }
    return erased?.erasure
  }

  public func record(_ erasures: [Erasure]) async throws -> Int {
    try await database.write { db in
      var count = 0
      for erasure in erasures {
        try db.execute(
          sql: "INSERT OR IGNORE INTO posevault_erased (subject, poses, erased_at, is_pending) VALUES (?, ?, ?, 1)",
          arguments: [erasure.subject, erasure.poses.map(String.init).joined(separator: ","), erasure.erasedAt])
        count += db.changesCount
      }
      return count
    }
  }

  public func erasures(after: Int?, limit: Int, isPending: Bool) async throws -> [Erasure] {
    try await database.read { db in try Self.erasures(after: after, limit: limit, isPending: isPending, in: db) }
  }

  static func erasures(after: Int?, limit: Int, isPending: Bool, in db: Database) throws -> [Erasure] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT id, subject, poses, erased_at FROM posevault_erased
        WHERE id > ?\(isPending ? " AND is_pending" : "") ORDER BY id LIMIT ?
        """, arguments: [after ?? 0, max(limit, 0)]
    ).map { row in
      Erasure(
        id: try row.decode(atIndex: 0), subject: try row.decode(atIndex: 1),
        poses: try row.decode(String.self, atIndex: 2).split(separator: ",").compactMap { Int($0) },
        erasedAt: try row.decode(atIndex: 3))
    }
  }

  public func isPending(_ picture: ImageID) async throws -> Bool {
    try await database.read { db in
      try Bool.fetchOne(
        db, sql: "SELECT is_pending FROM posevault_erased WHERE subject = ?", arguments: [picture.description]) ?? false
    }
  }

  public func apply(_ erasure: Erasure) async throws -> RemovedPoses {
    defer { database.eraseSoon() }
    return try await database.change(
      rowsAdded: { -$0.poses.count }, noting: { $0.all.map { AuditSubject.pose($0) } }
    ) { db in
      if let picture = erasure.picture {
        let found = try Self.poses(of: picture.description, pose: nil, in: db)
        try Self.remove(found, of: picture.description, db)
        return found
      }
      guard let id = erasure.pose(of: try SQLitePoseRepository.datasetID(db)),
        let image = try Self.picture(ofPose: id, db, if: { _ in }), ImageID(image) == nil
      else { return RemovedPoses() }
      let found = try Self.poses(of: image, pose: id, in: db)
      try Self.remove(found, of: image, db)
      return found
    }
  }

  public func reopen() async throws {
    try await database.write { db in try db.execute(sql: "UPDATE posevault_erased SET is_pending = 1") }
  }

  public func finish(_ id: Int) async throws {
    try await database.write { db in
      try db.execute(sql: "UPDATE posevault_erased SET is_pending = 0 WHERE id = ?", arguments: [id])
    }
  }

  private struct Erased: Sendable {
    let erasure: Erasure
    let removed: RemovedPoses
  }

  private static func subjects(_ erasure: Erasure) -> [String] {
    erasure.poses.map { AuditSubject.pose($0) } + (erasure.picture.map { [AuditSubject.image($0.description)] } ?? [])
  }

  /// As the pose refers to it, whether the pose is a row or in the trash; nil if there is no such pose.
  private static func picture(
    ofPose id: Int, _ db: Database, if condition: PoseRepository.Condition
  ) throws -> String? {
    if let pose = try SQLitePoseRepository.row(id, parts: [], in: db) {
      try condition(pose)
      return pose.imageID
    }
    return try String.fetchOne(db, sql: "SELECT image_id FROM posevault_trash WHERE pose_id = ?", arguments: [id])
  }

  /// All poses of a picture; if it has no id of ours, only this pose.
  private static func poses(of image: String, pose id: Int?, in db: Database) throws -> RemovedPoses {
    guard ImageID(image) != nil else {
      let isRow = try Bool.fetchOne(db, sql: "SELECT 1 FROM poses WHERE id = ?", arguments: [id]) ?? false
      return isRow ? RemovedPoses(poses: id.map { [$0] } ?? []) : RemovedPoses(trashed: id.map { [$0] } ?? [])
    }
    return RemovedPoses(
      poses: try Int.fetchAll(db, sql: "SELECT id FROM poses WHERE image_id = ? ORDER BY id", arguments: [image]),
      trashed: try Int.fetchAll(
        db, sql: "SELECT pose_id FROM posevault_trash WHERE image_id = ? AND pose_id IS NOT NULL", arguments: [image]))
  }

  private static func remove(_ found: RemovedPoses, of image: String, _ db: Database) throws {
    for id in found.poses { try db.execute(sql: "DELETE FROM poses WHERE id = ?", arguments: [id]) }
    for id in found.all { try db.execute(sql: "DELETE FROM posevault_trash WHERE pose_id = ?", arguments: [id]) }
    guard let picture = ImageID(image)?.description else { return }
    try db.execute(sql: "DELETE FROM posevault_trash WHERE image_id = ?", arguments: [picture])
    guard let first = found.all.first, let last = found.all.last else { return }
    // an answer names its first pose alone, and holds the landmarks of all
    try db.execute(
      sql: "DELETE FROM posevault_uploads WHERE pose_id BETWEEN ? AND ? AND instr(answer, ?) > 0",
      arguments: [first - ErasureLimits.posesOfUpload, last, picture])
  }

  private static func enter(_ subject: String, of poses: [Int], at now: Int64, in db: Database) throws -> Int {
    try db.execute(
      sql: """
        INSERT INTO posevault_erased (subject, poses, erased_at, is_pending) VALUES (?, ?, ?, 1)
        ON CONFLICT (subject) DO UPDATE SET is_pending = 1
        """, arguments: [subject, poses.map(String.init).joined(separator: ","), now])
    return try Int.fetchOne(db, sql: "SELECT id FROM posevault_erased WHERE subject = ?", arguments: [subject]) ?? 0
  }
}
