import CMariaDB
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

  /// The id that the table assigns next; it does not go back when a row is deleted or a transaction is rolled back.
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

/// The tables besides `poses` that are in archives.
extension MySQLPoseRepository {
  public var tables: [String] { [TrashLine.table, AuditChain.table, AuditLine.table] }

  public var trail: (any RestorableTrail)? { MySQLAuditTrail(database: database) }

  public func removeLines(of table: String) async throws {
    guard table == TrashLine.table else { return }
    _ = try await database.write { connection in try connection.change("DELETE FROM posevault_trash") }
  }

  public func restore(_ lines: [TableLine], into table: String) async throws {
    switch table {
    case TrashLine.table: try await restore(trash: lines)
    case AuditChain.table:
      let chains = try lines.map { try AuditChain($0) }
      try await database.write { connection in try MySQLAuditTrail.restore(chains, connection) }
    case AuditLine.table:
      let entries = try lines.map { try AuditLine($0) }
      try await database.write { connection in try MySQLAuditTrail.restore(entries, connection) }
    default: throw PoseVaultError(.internal, "The table \(table) is not known here.")
    }
  }

  private func restore(trash lines: [TableLine]) async throws {
    let rows = try lines.map(TrashLine.init)
    try await database.write { connection in
      for row in rows {
        try connection.change(
          """
          INSERT INTO posevault_trash (id, image_id, length, reason, trashed_at, pose, pose_id)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
          [
            .int(row.id), .text(row.imageId), .int(row.length), .text(row.reason), .int(row.trashedAt),
            row.pose.map { .text($0) } ?? .null, row.poseID.map { .int($0) } ?? .null,
          ])
      }
    }
  }
}

extension MySQLSnapshot {
  func lines(of table: String, after: Int?, limit: Int) async throws -> [TableLine] {
    switch table {
    case TrashLine.table: try await trashLines(after: after, limit: limit)
    case AuditChain.table:
      try await connection.run { connection in
        try MySQLAuditTrail.chains("", [], over: connection).lines(after: after, limit: limit)
      }
    case AuditLine.table:
      try await connection.run { connection in
        try MySQLAuditTrail.lines(
          "WHERE id > ? ORDER BY id LIMIT ?", [.int(after ?? 0), .int(max(limit, 0))], over: connection
        ).map(\.line)
      }
    default: []
    }
  }

  private func trashLines(after: Int?, limit: Int) async throws -> [TableLine] {
    try await connection.run { connection in
      try connection.rows(
        """
        SELECT id, image_id, length, reason, trashed_at, pose FROM posevault_trash WHERE id > ? ORDER BY id LIMIT ?
        """, [.int(after ?? 0), .int(max(limit, 0))]
      ).map { row in
        TrashLine(
          id: Int(try row.int(0).notNull()), imageId: try row.text(1).notNull(), length: Int(try row.int(2).notNull()),
          reason: try row.text(3).notNull(), trashedAt: try row.int(4).notNull(), pose: row.text(5)
        ).line
      }
    }
  }
}

extension MySQLPoseRepository {
  public func restore(_ poses: [PoseRecord]) async throws {
    guard !poses.isEmpty else { return }
    if let last = poses.map(\.id).max() { try await makeRoom(forID: last) }
    try await database.write(rowsAdded: { _ in poses.count }) { connection in
      var rest = poses[...]
      while !rest.isEmpty {
        let group = rest.prefix(Self.rowsOfOneStatement(rest))
        try Self.insert(group, connection)
        try Self.compare(group, connection)
        rest = rest.dropFirst(group.count)
      }
    }
  }

  /// A row whose id the table has assigned before.
  static func restore(_ pose: PoseRecord, _ connection: MySQLConnection) throws {
    try insert([pose], connection)
    try compare([pose], connection)
  }

  /// Makes sure that the table can hold the row `id`: the archive may be of a table whose ids were widened.
  ///
  /// Throws ``PoseVaultError`` if the user may not alter the table.
  func makeRoom(forID id: Int) async throws {
    guard id > Int(Int32.max) else { return }
    // of its own: a table with many rows is written anew, which takes longer than a request may
    let connection = database.hold()
    let outcome: Result<Void, any Error>
    do {
      try await connection.connect()
      outcome = .success(try await connection.run { try Self.growIDs($0) })
    } catch {
      outcome = .failure(error)
    }
    // in a task of its own, because a cancelled one must end its connection, too
    await Task { await connection.close() }.value
    try outcome.get()
  }

  private static func growIDs(_ connection: MySQLConnection) throws {
    let type = try connection.rows(
      """
      SELECT data_type FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = 'poses' AND column_name = 'id'
      """
    ).first?.text(0)
    if type?.lowercased() != "bigint" {
      try connection.execute("ALTER TABLE poses MODIFY id BIGINT NOT NULL AUTO_INCREMENT")
    }
  }

  private static func insert(_ poses: ArraySlice<PoseRecord>, _ connection: MySQLConnection) throws {
    let row = "(?, ?, ?, FROM_UNIXTIME(?), FROM_UNIXTIME(?), FROM_UNIXTIME(?), ?, ?, ?, ?, ?, ?)"
    do {
      try connection.change(
        """
        INSERT INTO poses (\(columns.joined(separator: ", ")))
        VALUES \(repeatElement(row, count: poses.count).joined(separator: ", "))
        """, poses.flatMap(\.values))
    } catch let error as MySQLError where error.isOne(of: ER_DUP_ENTRY) {
      throw PoseVaultError(.internal, "The table poses already has a row that is to be restored.", cause: error)
    } catch let error as MySQLError where error.isOfValue {
      guard poses.count > 1 else { throw unfit(poses[poses.startIndex], cause: error) }
      // one by one, to find which of them it is
      for index in poses.indices { try insert(poses[index...index], connection) }
    }
  }

  /// Throws unless the rows are stored as they were given, except for their JSON: a TIMESTAMP only covers the years
  /// 1970 to 2038, and in older servers' tables, NULL as a time becomes the present.
  private static func compare(_ poses: ArraySlice<PoseRecord>, _ connection: MySQLConnection) throws {
    let columns = PoseRecord.columns(.details).replacing("keypoints", with: "''")
    let places = repeatElement("?", count: poses.count).joined(separator: ", ")
    var stored: [Int: PoseRecord] = [:]
    try connection.forEach("SELECT \(columns) FROM poses WHERE id IN (\(places))", poses.map { .int($0.id) }) { row in
      let pose = try PoseRecord(row: row, .details)
      stored[pose.id] = pose
    }
    for pose in poses {
      var pose = pose
      pose.keypoints = []
      pose.worldKeypoints = nil
      pose.detectedKeypoints = nil
      guard stored[pose.id] == pose else { throw unfit(pose) }
    }
  }

  private static func unfit(_ pose: PoseRecord, cause: MySQLError? = nil) -> PoseVaultError {
    PoseVaultError(.internal, "The table poses can't store row \(pose.id) unchanged.", cause: cause)
  }

  /// A statement has to fit into the server's `max_allowed_packet`, at least 1 MB; a longer row is sent alone.
  private static func rowsOfOneStatement(_ poses: ArraySlice<PoseRecord>) -> Int {
    var count = 0
    var bytes = 0
    for pose in poses.prefix(20) {
      bytes += pose.textLength + 5000
      if bytes > 800_000 { break }
      count += 1
    }
    return max(count, 1)
  }
}

extension PoseRecord {
  /// In the order of ``MySQLPoseRepository/columns``.
  fileprivate var values: [MySQLValue] {
    [
      .int(id), .text(imageID), .bytes(keypoints), .optional(createdAt), .optional(updatedAt), .optional(correctedAt),
      details.score.map { .double(Double($0)) } ?? .null, .optional(details.pictureWidth.map(Int64.init)),
      .optional(details.pictureHeight.map(Int64.init)), details.fileName.map { .text($0) } ?? .null,
      worldKeypoints.map { .bytes($0) } ?? .null, detectedKeypoints.map { .bytes($0) } ?? .null,
    ]
  }
}

extension MySQLValue {
  fileprivate static func optional(_ number: Int64?) -> MySQLValue { number.map { .int($0) } ?? .null }
}
