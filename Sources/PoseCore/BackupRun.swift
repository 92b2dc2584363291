/// One run of the backup, under way or ended.
public struct BackupRun: Sendable, Hashable {
  public enum State: Sendable, Hashable {
    case running
    /// The archive was restored and compared.
    case proven(BackupArchive, at: Int64)
    /// `isAbandoned` where the run's process was silent for too long, instead of telling that it failed.
    case failed(message: String, isAbandoned: Bool, at: Int64)
  }

  /// Given by the storage, ascending, never used twice.
  public var id: Int
  public var origin: BackupOrigin
  /// When the run last said that it goes on, in seconds since 1970.
  public var heartbeatAt: Int64
  /// What the run does at present or did last, such as "pictures".
  public var phase: String
  /// 0…1, how much of the whole run is done.
  public var progress: Double
  public var state: State

  public init(
    id: Int, origin: BackupOrigin, heartbeatAt: Int64, phase: String, progress: Double, state: State
  ) {
    self.id = id
    self.origin = origin
    self.heartbeatAt = heartbeatAt
    self.phase = phase
    self.progress = progress
    self.state = state
  }

  /// A running run counts as failed after so many seconds without a heartbeat.
  public static let silenceLimit: Int64 = 600

  /// Whether the run is still called running, but counts as failed at `now`, in seconds since 1970.
  ///
  /// A heartbeat that lies as far in the future is one of a clock that was wrong: it must not block backups until then.
  public func isSilent(at now: Int64) -> Bool {
    state == .running && (now - heartbeatAt).magnitude >= Self.silenceLimit
  }

  /// The run as one that was ended at `now` because it was silent.
  public func abandoned(at now: Int64) -> BackupRun {
    var run = self
    run.state = .failed(
      message: "The run was silent for ten minutes: process \(origin.pid) on \(origin.host) has ended, or hangs.",
      isAbandoned: true, at: now)
    return run
  }
}

/// Where, when and why a run began.
public struct BackupOrigin: Sendable, Hashable {
  /// The machine's name for itself; the archive lies there.
  public var host: String
  public var pid: Int
  /// In seconds since 1970.
  public var startedAt: Int64
  /// nil for a run that someone asked for.
  public var claim: ScheduleClaim?

  public init(host: String, pid: Int, startedAt: Int64, claim: ScheduleClaim?) {
    self.host = host
    self.pid = pid
    self.startedAt = startedAt
    self.claim = claim
  }
}

/// The right to run what the schedule asks for at a moment; no two runs of one storage ever hold the same.
public struct ScheduleClaim: Sendable, Hashable {
  /// The due time in seconds since 1970.
  public var dueAt: Int64
  /// 1, and one more each time that the run before was abandoned and is caught up.
  public var attempt: Int

  public init(dueAt: Int64, attempt: Int) {
    self.dueAt = dueAt
    self.attempt = attempt
  }
}

/// The archive of a proven run.
public struct BackupArchive: Sendable, Hashable, Codable {
  /// The file's absolute path on the run's host.
  public var path: String
  /// In bytes.
  public var size: Int64
  /// 64 hexadecimal digits in lower case.
  public var sha256: String
  public var counts: BackupCounts
  /// No rows, or less than half of those of the proven run before.
  public var isShrunk: Bool
  /// For a person, one line each.
  public var warnings: [String]

  public init(
    path: String, size: Int64, sha256: String, counts: BackupCounts, isShrunk: Bool, warnings: [String]
  ) {
    self.path = path
    self.size = size
    self.sha256 = sha256
    self.counts = counts
    self.isShrunk = isShrunk
    self.warnings = warnings
  }
}

/// What an archive holds.
public struct BackupCounts: Sendable, Hashable, Codable {
  /// Rows of poses.
  public var poses: Int
  public var pictures: Int
  /// Pictures that rows name, but that are lost.
  public var lostPictures: Int
  /// Pictures that were deleted with their rows while the run was under way.
  public var leftOut: Int

  public init(poses: Int, pictures: Int, lostPictures: Int, leftOut: Int) {
    self.poses = poses
    self.pictures = pictures
    self.lostPictures = lostPictures
    self.leftOut = leftOut
  }
}

/// The answer to a run that wants to begin.
public enum BackupAdmission: Sendable, Hashable {
  case begun(BackupRun)
  /// Another run is under way.
  case running(BackupRun)
  /// Another run has had the same claim.
  case claimed(BackupRun)
  case restoring(RestoreMark)
}
