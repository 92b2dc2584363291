import CMariaDB
public import PoseCore

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

  /// Sees to it that the table can hold the row `id`: an archive may be of one whose ids were made larger.
  ///
  /// Throws ``PoseVaultError`` where the user may not alter the table.
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
      throw PoseVaultError(.internal, "The table poses holds a row already that is to be restored.", cause: error)
    } catch let error as MySQLError where error.isOfValue {
      guard poses.count > 1 else { throw unfit(poses[poses.startIndex], cause: error) }
      // one by one, to find which of them it is
      for index in poses.indices { try insert(poses[index...index], connection) }
    }
  }

  /// Throws unless the rows are as they were given, but for their JSON: a TIMESTAMP holds the years 1970 to 2038, and in
  /// tables of older servers a time that is NULL becomes the present.
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
      (pose.keypoints, pose.worldKeypoints, pose.detectedKeypoints) = ([], nil, nil)
      guard stored[pose.id] == pose else { throw unfit(pose) }
    }
  }

  private static func unfit(_ pose: PoseRecord, cause: MySQLError? = nil) -> PoseVaultError {
    PoseVaultError(.internal, "The table poses can't hold row \(pose.id) as it is.", cause: cause)
  }

  /// A statement has to fit into the server's `max_allowed_packet`, 1 MB at least; a row that is longer goes alone.
  private static func rowsOfOneStatement(_ poses: ArraySlice<PoseRecord>) -> Int {
    var (count, bytes) = (0, 0)
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
