import GRDB
public import PoseCore

/// The keys of uploads in a table of the SQLite file.
public struct SQLiteUploadKeys: UploadKeys {
  let database: SQLiteDatabase

  public func claim(_ upload: KeyedUpload, at now: Int64) async throws -> UploadAdmission {
    try await database.write { db in
      let admission = try Self.row(upload, db)?.admission(of: upload, at: now) ?? .admitted
      if admission == .admitted { try Self.put(upload, nil, at: now, in: db) }
      return admission
    }
  }

  public func insert(
    _ poses: [NewPose], for upload: KeyedUpload, at now: Int64,
    answer: @escaping @Sendable ([PoseRecord]) -> [UInt8]
  ) async throws -> [PoseRecord] {
    try await database.change(rowsAdded: { $0.count }, noting: AuditSubject.of) { db in
      try Self.row(upload, db)?.requireUnstored(upload, at: now)
      let rows = try SQLitePoseRepository.insert(poses, db)
      if let first = rows.first {
        try Self.put(upload, RecordedUpload(pose: first.id, answer: answer(rows)), at: now, in: db)
      }
      return rows
    }
  }

  public func release(_ upload: KeyedUpload) async throws {
    try await database.write { db in
      try db.execute(
        sql: "DELETE FROM posevault_uploads WHERE key_sha256 = ? AND attempt = ? AND answer IS NULL",
        arguments: [upload.key, upload.attempt])
    }
  }

  @discardableResult
  public func removeExpired(at now: Int64) async throws -> Int {
    var removed = 0
    while true {
      let count = try await database.write { db in
        try db.execute(
          sql: """
            DELETE FROM posevault_uploads WHERE key_sha256 IN (
              SELECT key_sha256 FROM posevault_uploads WHERE since <= ? OR since >= ? LIMIT \(Self.rowsAtOnce))
            """, arguments: [now - UploadKeyRow.lifetime, now + UploadKeyRow.lifetime])
        return db.changesCount
      }
      removed += count
      if count < Self.rowsAtOnce { break }
    }
    // answers hold landmarks, also of poses that were deleted meanwhile
    if removed > 0 { database.eraseSoon() }
    return removed
  }

  private static func row(_ upload: KeyedUpload, _ db: Database) throws -> UploadKeyRow? {
    try Row.fetchOne(
      db, sql: "SELECT content_sha256, attempt, since, pose_id, answer FROM posevault_uploads WHERE key_sha256 = ?",
      arguments: [upload.key]
    ).map { row in
      let pose: Int? = try row.decode(atIndex: 3)
      let answer: String? = try row.decode(atIndex: 4)
      var recorded: RecordedUpload?
      if let pose, let answer { recorded = RecordedUpload(pose: pose, answer: Array(answer.utf8)) }
      return UploadKeyRow(
        content: try row.decode(atIndex: 0), attempt: try row.decode(atIndex: 1), since: try row.decode(atIndex: 2),
        recorded: recorded)
    }
  }

  private static func put(
    _ upload: KeyedUpload, _ recorded: RecordedUpload?, at now: Int64, in db: Database
  ) throws {
    try db.execute(
      sql: """
        REPLACE INTO posevault_uploads (key_sha256, content_sha256, attempt, since, pose_id, answer)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        upload.key, upload.content, upload.attempt, now, recorded?.pose,
        recorded.map { SQLitePoseRepository.text($0.answer) },
      ])
  }

  private static let rowsAtOnce = 500
}
