import PoseCore

extension BackupRun {
  static let columns = """
    id, host, pid, started_at, due_at, attempt, heartbeat_at, phase, progress, state, ended_at, message, \
    path, size, sha256, poses, pictures, lost_pictures, left_out, is_shrunk, warnings, details, accepted_at
    """

  init(row: MySQLRow) throws {
    var claim: ScheduleClaim?
    if let dueAt = try row.int(4) { claim = ScheduleClaim(dueAt: dueAt, attempt: Int(try row.int(5).notNull())) }
    self.init(
      id: Int(try row.int(0).notNull()),
      origin: BackupOrigin(
        host: try row.text(1).notNull(), pid: Int(try row.int(2).notNull()), startedAt: try row.int(3).notNull(),
        claim: claim),
      heartbeatAt: try row.int(6).notNull(), phase: try row.text(7).notNull(), progress: try row.double(8).notNull(),
      state: try Self.state(row))
  }

  private static func state(_ row: MySQLRow) throws -> State {
    let name = try row.text(9).notNull()
    switch name {
    case "running": return .running
    case "proven": return .proven(try BackupArchive(row: row), at: try row.int(10).notNull())
    case "failed", "abandoned":
      return .failed(
        message: try row.text(11).notNull(), isRepeated: name == "abandoned", at: try row.int(10).notNull())
    default: throw PoseVaultError(.internal, "The table of backup runs has an unknown state: '\(name)'.")
    }
  }

  /// Creates the row of a run that is starting.
  static func insert(
    _ origin: BackupOrigin, isAdopted: Bool = false, _ connection: MySQLConnection
  ) throws -> BackupRun {
    let inserted = try connection.change(
      """
      INSERT INTO posevault_runs
        (host, pid, started_at, due_at, attempt, heartbeat_at, phase, progress, state, is_adopted)
      VALUES (?, ?, ?, ?, ?, ?, '', 0, 'running', ?)
      """,
      [
        .text(origin.host), .int(origin.pid), .int(origin.startedAt), origin.claim.map { .int($0.dueAt) } ?? .null,
        origin.claim.map { .int($0.attempt) } ?? .null, .int(origin.startedAt), .int(isAdopted ? 1 : 0),
      ])
    return BackupRun(
      id: inserted.insertedID, origin: origin, heartbeatAt: origin.startedAt, phase: "", progress: 0, state: .running)
  }

  /// Writes the state of a run that has ended.
  func store(_ connection: MySQLConnection) throws {
    switch state {
    case .running: break
    case .failed(let message, let isRepeated, let time):
      try connection.change(
        "UPDATE posevault_runs SET state = ?, message = ?, ended_at = ? WHERE id = ?",
        [.text(isRepeated ? "abandoned" : "failed"), .text(message), .int(time), .int(id)])
    case .proven(let archive, let time):
      try connection.change(
        """
        UPDATE posevault_runs
        SET state = 'proven', ended_at = ?, path = ?, size = ?, sha256 = ?, poses = ?, pictures = ?,
          lost_pictures = ?, left_out = ?, is_shrunk = ?, warnings = ?, details = ?, accepted_at = ?
        WHERE id = ?
        """,
        [
          .int(time), .text(archive.path), .int(archive.size), .text(archive.sha256), .int(archive.counts.poses),
          .int(archive.counts.pictures), .int(archive.counts.lostPictures), .int(archive.counts.leftOut),
          .int(archive.isShrunk ? 1 : 0), .text(archive.warnings.joined(separator: "\n")),
          .text(try BackupArchiveDetails(archive).json()), archive.acceptedAt.map { .int($0) } ?? .null, .int(id),
        ])
    }
  }
}

extension BackupArchive {
  fileprivate init(row: MySQLRow) throws {
    self.init(
      path: try row.text(12).notNull(), size: try row.int(13).notNull(), sha256: try row.text(14).notNull(),
      counts: BackupCounts(
        poses: Int(try row.int(15).notNull()), pictures: Int(try row.int(16).notNull()),
        lostPictures: Int(try row.int(17).notNull()),
        leftOut: Int(try row.int(18).notNull())),
      isShrunk: try row.int(19).notNull() == 1,
      warnings: try row.text(20).notNull().split(separator: "\n").map(String.init), acceptedAt: try row.int(22))
    add(try row.text(21).map(BackupArchiveDetails.init(json:)))
  }
}
