import PoseCore

extension BackupRun {
  static let columns = """
    id, host, pid, started_at, due_at, attempt, heartbeat_at, phase, progress, state, ended_at, message, path, size, \
    sha256, poses, pictures, lost_pictures, left_out, is_shrunk, warnings
    """

  init(row: MySQLRow) throws {
    var claim: ScheduleClaim?
    if let dueAt = try row.int(4) { claim = ScheduleClaim(dueAt: dueAt, attempt: Int(try row.number(5))) }
    self.init(
      id: Int(try row.number(0)),
      origin: BackupOrigin(
        host: try row.string(1), pid: Int(try row.number(2)), startedAt: try row.number(3), claim: claim),
      heartbeatAt: try row.number(6), phase: try row.string(7), progress: try row.double(8) ?? 0,
      state: try Self.state(row))
  }

  private static func state(_ row: MySQLRow) throws -> State {
    let name = try row.string(9)
    switch name {
    case "running": return .running
    case "proven": return .proven(try BackupArchive(row: row), at: try row.number(10))
    case "failed", "abandoned":
      return .failed(message: try row.string(11), isAbandoned: name == "abandoned", at: try row.number(10))
    default: throw PoseVaultError(.internal, "The table of backup runs holds the state '\(name)', which is none.")
    }
  }

  /// Makes the row of a run that begins.
  static func insert(_ origin: BackupOrigin, _ connection: MySQLConnection) throws -> BackupRun {
    let inserted = try connection.change(
      """
      INSERT INTO posevault_runs (host, pid, started_at, due_at, attempt, heartbeat_at, phase, progress, state)
      VALUES (?, ?, ?, ?, ?, ?, '', 0, 'running')
      """,
      [
        .text(origin.host), .int(origin.pid), .int(origin.startedAt), .int(origin.claim?.dueAt),
        .int(origin.claim.map { Int64($0.attempt) }), .int(origin.startedAt),
      ])
    return BackupRun(
      id: inserted.insertedID, origin: origin, heartbeatAt: origin.startedAt, phase: "", progress: 0, state: .running)
  }

  /// Writes the state of a run that has ended.
  func store(_ connection: MySQLConnection) throws {
    switch state {
    case .running: break
    case .failed(let message, let isAbandoned, let time):
      try connection.change(
        "UPDATE posevault_runs SET state = ?, message = ?, ended_at = ? WHERE id = ?",
        [.text(isAbandoned ? "abandoned" : "failed"), .text(message), .int(time), .int(id)])
    case .proven(let archive, let time):
      try connection.change(
        """
        UPDATE posevault_runs
        SET state = 'proven', ended_at = ?, path = ?, size = ?, sha256 = ?, poses = ?, pictures = ?,
          lost_pictures = ?, left_out = ?, is_shrunk = ?, warnings = ?
        WHERE id = ?
        """,
        [
          .int(time), .text(archive.path), .int(archive.size), .text(archive.sha256), .int(archive.counts.poses),
          .int(archive.counts.pictures), .int(archive.counts.lostPictures), .int(archive.counts.leftOut),
          .int(archive.isShrunk ? 1 : 0), .text(archive.warnings.joined(separator: "\n")), .int(id),
        ])
    }
  }
}

extension BackupArchive {
  fileprivate init(row: MySQLRow) throws {
    self.init(
      path: try row.string(12), size: try row.number(13), sha256: try row.string(14),
      counts: BackupCounts(
        poses: Int(try row.number(15)), pictures: Int(try row.number(16)), lostPictures: Int(try row.number(17)),
        leftOut: Int(try row.number(18))),
      isShrunk: try row.number(19) == 1,
      warnings: try row.string(20).split(separator: "\n").map(String.init))
  }
}
