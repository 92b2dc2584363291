public import PoseCore

extension MySQLPoseRepository: ArchivablePoses {
  public func withSnapshot<Value: Sendable>(
    _ body: @Sendable (any PoseSnapshot) async throws -> Value
  ) async throws -> Value {
    let connection = database.hold()
    let outcome: Result<Value, any Error>
    do {
      try await connection.connect()
      try await connection.run { try $0.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY") }
      outcome = .success(try await body(MySQLSnapshot(connection: connection)))
    } catch {
      outcome = .failure(error)
    }
    // in a task of its own, because a cancelled one must end its connection, too
    await Task { await connection.close() }.value
    return try outcome.get()
  }

  public func continueIDs(at next: Int) async throws {
    try await makeRoom(forID: next)
    try await database.write { connection in
      guard try Self.nextID(connection) < next else { return }
      // a table's next id follows the greatest that was ever inserted; this needs no right to alter the table
      let last = MySQLValue.int(next - 1)
      try connection.change("INSERT INTO poses (id, image_id, keypoints) VALUES (?, '', '[]')", [last])
      try connection.change("DELETE FROM poses WHERE id = ?", [last])
      guard try Self.nextID(connection) >= next else {
        throw PoseVaultError(.internal, "The database does not count on from row \(next - 1).")
      }
    }
  }

  public func adopt(datasetID: String) async throws {
    try await database.write { connection in
      _ = try connection.change("UPDATE posevault_meta SET value = ? WHERE name = 'dataset_id'", [.text(datasetID)])
      // answers name poses of the database that this one was
      _ = try connection.change("DELETE FROM posevault_uploads")
    }
  }

  public func notIncluded() async throws -> [String] {
    try await database.read { connection in
      let tables = try connection.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name")
      let columns = try connection.rows(
        """
        SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'poses'
        ORDER BY ordinal_position
        """)
      return tables.compactMap { $0.text(0) }.filter { $0 != "poses" && !$0.hasPrefix("posevault_") }
        + columns.compactMap { $0.text(0) }.filter { !Self.columns.contains($0.lowercased()) }.map { "poses." + $0 }
    }
  }

  /// What the table gives next; it counts on when a row is deleted, and when a transaction is rolled back.
  static func nextID(_ connection: MySQLConnection) throws -> Int {
    let row = try connection.rows(
      """
      SELECT CAST(LEAST(COALESCE(MAX(auto_increment), 1), \(Int.max)) AS SIGNED),
        (SELECT CAST(COALESCE(MAX(id), 0) AS SIGNED) FROM poses)
      FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'poses'
      """
    ).first
    let last = Int(try row?.int(1) ?? 0)
    return max(Int(try row?.int(0) ?? 1), last == .max ? last : last + 1)
  }

  static let columns = [
    "id", "image_id", "keypoints", "created_at", "updated_at", "corrected_at", "score", "picture_width",
    "picture_height", "file_name", "world_keypoints", "detected_keypoints",
  ]
}
