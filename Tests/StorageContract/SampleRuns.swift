import PoseCore

extension Sample {
  static func origin(host: String = "alpha", at seconds: Int64, due: Int64? = nil, attempt: Int = 1) -> BackupOrigin {
    BackupOrigin(
      host: host, pid: 4711, startedAt: seconds, claim: due.map { ScheduleClaim(dueAt: $0, attempt: attempt) })
  }

  static func archive(poses: Int = 12, isShrunk: Bool = false, warnings: [String] = []) -> BackupArchive {
    BackupArchive(
      path: "/srv/Sicherungen ü/2025-12-10-backup.zip", size: 5_000_000_000,
      sha256: String(repeating: "0123456789abcdef", count: 4),
      counts: BackupCounts(poses: poses, pictures: 11, lostPictures: 2, leftOut: 3), isShrunk: isShrunk,
      warnings: warnings)
  }

  static func proven(at seconds: Int64, poses: Int = 12) -> BackupRun.State {
    .proven(archive(poses: poses), at: seconds)
  }

  static func failed(_ message: String, at seconds: Int64) -> BackupRun.State {
    .failed(message: message, isRepeated: false, at: seconds)
  }

  static func mark(_ pid: Int, host: String = "alpha", heartbeatAt: Int64 = 100) -> RestoreMark {
    RestoreMark(host: host, pid: pid, since: 100, heartbeatAt: heartbeatAt, file: "/srv/ü '\"\\ backup.zip")
  }

  static func mail(_ content: String, host: String? = nil, dueAt: Int64) -> NewMail {
    NewMail(host: host, content: content, dueAt: dueAt)
  }
}

extension BackupRuns {
  /// The run that begins.
  func begin(_ origin: BackupOrigin, line: UInt = #line, file: StaticString = #fileID) async throws -> BackupRun {
    let admission = try await beginBackup(origin)
    guard case .begun(let run) = admission else { throw ContractViolation("not begun: \(admission)", line, file) }
    return run
  }

  /// Begins a run and ends it.
  @discardableResult
  func run(
    _ origin: BackupOrigin, _ state: BackupRun.State, line: UInt = #line, file: StaticString = #fileID
  ) async throws -> BackupRun {
    let run = try await begin(origin, line: line, file: file)
    try require(try await finishBackup(run.id, state, mail: nil), "the run can't be ended", line: line, file: file)
    var ended = run
    ended.state = state
    return ended
  }
}
