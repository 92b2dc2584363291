import GRDB
import PoseCore

extension BackupRun {
  static let columns = """
    id, host, pid, started_at, due_at, attempt, heartbeat_at, phase, progress, state, ended_at, message, path, size, \
    sha256, poses, pictures, lost_pictures, left_out, is_shrunk, warnings, details, accepted_at
    """

  init(row: Row) throws {
    var claim: ScheduleClaim?
    if let dueAt = try row.decode(Int64?.self, atIndex: 4) {
      claim = ScheduleClaim(dueAt: dueAt, attempt: try row.decode(atIndex: 5))
    }
    self.init(
      id: try row.decode(atIndex: 0),
      origin: BackupOrigin(
        host: try row.decode(atIndex: 1), pid: try row.decode(atIndex: 2), startedAt: try row.decode(atIndex: 3),
        claim: claim),
      heartbeatAt: try row.decode(atIndex: 6), phase: try row.decode(atIndex: 7), progress: try row.decode(atIndex: 8),
      state: try Self.state(row))
  }

  private static func state(_ row: Row) throws -> State {
    let name = try row.decode(String.self, atIndex: 9)
    switch name {
    case "running": return .running
    case "proven": return .proven(try BackupArchive(row: row), at: try row.decode(atIndex: 10))
    case "failed", "abandoned":
      return .failed(
        message: try row.decode(atIndex: 11), isRepeated: name == "abandoned", at: try row.decode(atIndex: 10))
    default: throw PoseVaultError(.internal, "The table of backup runs has an unknown state: '\(name)'.")
    }
  }

  /// Creates the row of a run that is starting.
  static func insert(_ origin: BackupOrigin, isAdopted: Bool = false, _ db: Database) throws -> BackupRun {
    try db.execute(
      sql: """
        INSERT INTO posevault_runs
          (host, pid, started_at, due_at, attempt, heartbeat_at, phase, progress, state, is_adopted)
        VALUES (?, ?, ?, ?, ?, ?, '', 0, 'running', ?)
        """,
      arguments: [
        origin.host, origin.pid, origin.startedAt, origin.claim?.dueAt, origin.claim?.attempt, origin.startedAt,
        isAdopted,
      ])
    return BackupRun(
      id: Int(db.lastInsertedRowID), origin: origin, heartbeatAt: origin.startedAt, phase: "", progress: 0,
      state: .running)
  }

  /// Writes the state of a run that has ended.
  func store(_ db: Database) throws {
    switch state {
    case .running: break
    case .failed(let message, let isRepeated, let time):
      try db.execute(
        sql: "UPDATE posevault_runs SET state = ?, message = ?, ended_at = ? WHERE id = ?",
        arguments: [isRepeated ? "abandoned" : "failed", message, time, id])
    case .proven(let archive, let time):
      try db.execute(
        sql: """
          UPDATE posevault_runs
          SET state = 'proven', ended_at = ?, path = ?, size = ?, sha256 = ?, poses = ?, pictures = ?,
            lost_pictures = ?, left_out = ?, is_shrunk = ?, warnings = ?, details = ?, accepted_at = ?
          WHERE id = ?
          """,
        arguments: [
          time, archive.path, archive.size, archive.sha256, archive.counts.poses, archive.counts.pictures,
          archive.counts.lostPictures, archive.counts.leftOut, archive.isShrunk,
          archive.warnings.joined(separator: "\n"), try BackupArchiveDetails(archive).json(), archive.acceptedAt, id,
        ])
    }
  }
}

extension BackupArchive {
  fileprivate init(row: Row) throws {
    self.init(
      path: try row.decode(atIndex: 12), size: try row.decode(atIndex: 13), sha256: try row.decode(atIndex: 14),
      counts: BackupCounts(
        poses: try row.decode(atIndex: 15), pictures: try row.decode(atIndex: 16),
        lostPictures: try row.decode(atIndex: 17), leftOut: try row.decode(atIndex: 18)),
      isShrunk: try row.decode(atIndex: 19),
      warnings: try row.decode(String.self, atIndex: 20).split(separator: "\n").map(String.init),
      acceptedAt: try row.decode(atIndex: 22))
    add(try row.decode(String?.self, atIndex: 21).map(BackupArchiveDetails.init(json:)))
  }
}
