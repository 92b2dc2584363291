/// Says that a restore is filling the storage, or was interrupted: while it exists, the stored data is incomplete.
public struct RestoreMark: Sendable, Hashable {
  /// Where the restore runs: the machine's own name.
  public var host: String
  public var pid: Int
  /// When it began, in seconds since 1970.
  public var since: Int64
  /// When it last reported that it is alive, in seconds since 1970.
  public var heartbeatAt: Int64
  /// The archive being restored.
  public var file: String

  public init(host: String, pid: Int, since: Int64, heartbeatAt: Int64, file: String) {
    self.host = host
    self.pid = pid
    self.since = since
    self.heartbeatAt = heartbeatAt
    self.file = file
  }

  /// A restore renews its mark before it writes anything: if it was never renewed, the data may not be the restore's.
  public var hasBegun: Bool { heartbeatAt > since }
}

/// The response to a restore that requests the storage.
public enum RestoreAdmission: Sendable, Hashable {
  case admitted
  /// Another mark is set, which is not the one to be replaced.
  case standing(RestoreMark)
  /// A backup is in progress.
  case backup(BackupRun)
}
