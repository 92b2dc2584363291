public import PoseCore

/// The keys of uploads in a table of the pose database, for any number of servers.
///
/// Each transaction creates the key's row if it is missing, which locks it, and only then reads it: so it sees what
/// others have committed, and waits for any that is about to commit, even over a connection that was lost.
public struct MySQLUploadKeys: UploadKeys {
  let database: MySQLDatabase

  public func claim(_ upload: KeyedUpload, at now: Int64) async throws -> UploadAdmission {
    try await database.write { connection in
      let admission = try Self.lockedRow(upload, at: now, connection).admission(of: upload, at: now)
      if admission == .admitted { try Self.put(upload, nil, at: now, over: connection) }
      return admission
    }
  }

  public func insert(
    _ poses: [NewPose], for upload: KeyedUpload, at now: Int64,
    answer: @escaping @Sendable ([PoseRecord]) -> [UInt8]
  ) async throws -> [PoseRecord] {
    try await database.change(rowsAdded: \.count, noting: AuditSubject.of) { connection in
      try Self.lockedRow(upload, at: now, connection).requireUnstored(upload, at: now)
      let rows = try MySQLPoseRepository.insert(poses, connection)
      if let first = rows.first {
        try Self.put(upload, RecordedUpload(pose: first.id, answer: answer(rows)), at: now, over: connection)
      }
      return rows
    }
  }

  public func release(_ upload: KeyedUpload) async throws {
    _ = try await database.write { connection in
      try connection.change(
        "DELETE FROM posevault_uploads WHERE key_sha256 = ? AND attempt = ? AND answer IS NULL",
        [.text(upload.key), .text(upload.attempt)])
    }
  }

  @discardableResult
  public func removeExpired(at now: Int64) async throws -> Int {
    var removed = 0
    while true {
      let count = try await database.write { connection in
        // found without locks, and looked at again when each is locked by its key alone
        let keys = try connection.rows(
          "SELECT key_sha256 FROM posevault_uploads WHERE since <= ? OR since >= ? LIMIT \(Self.rowsAtOnce)",
          Self.limits(now))
        for key in keys.compactMap({ $0.text(0) }) {
          try connection.change(
            "DELETE FROM posevault_uploads WHERE key_sha256 = ? AND (since <= ? OR since >= ?)",
            [.text(key)] + Self.limits(now))
        }
        return keys.count
      }
      removed += count
      if count < Self.rowsAtOnce { return removed }
    }
  }

  private static func limits(_ now: Int64) -> [MySQLValue] {
    [.int(now - UploadKeyRow.lifetime), .int(now + UploadKeyRow.lifetime)]
  }

  private static func lockedRow(
    _ upload: KeyedUpload, at now: Int64, _ connection: MySQLConnection
  ) throws -> UploadKeyRow {
    try connection.change(
      """
      INSERT INTO posevault_uploads (key_sha256, content_sha256, attempt, since) VALUES (?, ?, ?, ?)
      ON DUPLICATE KEY UPDATE key_sha256 = key_sha256
      """, [.text(upload.key), .text(upload.content), .text(upload.attempt), .int(now)])
    let found = try connection.rows(
      """
      SELECT content_sha256, attempt, since, pose_id, answer FROM posevault_uploads WHERE key_sha256 = ? FOR UPDATE
      """, [.text(upload.key)])
    guard let row = found.first else {
      throw PoseVaultError(.internal, "The database has lost the key of an upload while it was locked.")
    }
    var recorded: RecordedUpload?
    if let pose = try row.int(3), let answer = row.bytes(4) {
      recorded = RecordedUpload(pose: Int(pose), answer: answer)
    }
    return UploadKeyRow(
      content: try row.text(0).notNull(), attempt: try row.text(1).notNull(), since: try row.int(2).notNull(),
      recorded: recorded)
  }

  private static func put(
    _ upload: KeyedUpload, _ recorded: RecordedUpload?, at now: Int64, over connection: MySQLConnection
  ) throws {
    try connection.change(
      """
      UPDATE posevault_uploads SET content_sha256 = ?, attempt = ?, since = ?, pose_id = ?, answer = ?
      WHERE key_sha256 = ?
      """,
      [
        .text(upload.content), .text(upload.attempt), .int(now), recorded.map { .int($0.pose) } ?? .null,
        recorded.map { .bytes($0.answer) } ?? .null, .text(upload.key),
      ])
  }

  private static let rowsAtOnce = 500
}
