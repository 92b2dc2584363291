/// Says that a restore is filling the storage, or was interrupted: what is stored is not whole while it stands.
public struct RestoreMark: Sendable, Hashable {
  /// Where the restore runs, as the machine names itself.
  public var host: String
  public var pid: Int
  /// When it began, in seconds since 1970.
  public var since: Int64
  /// When it last said that it goes on, in seconds since 1970.
  public var heartbeatAt: Int64
  /// The archive that is restored.
  public var file: String

  public init(host: String, pid: Int, since: Int64, heartbeatAt: Int64, file: String) {
    self.host = host
    self.pid = pid
    self.since = since
    self.heartbeatAt = heartbeatAt
    self.file = file
  }

  /// A restore renews its mark before it writes anything: one that was never renewed may stand before data that is not
  /// the restore's.
  public var hasBegun: Bool { heartbeatAt > since }
}

/// The answer to a restore that asks for the storage.
public enum RestoreAdmission: Sendable, Hashable {
  case admitted
  /// Another mark stands, which is not the one that was to be replaced.
  case standing(RestoreMark)
  /// A backup is under way.
  case backup(BackupRun)
}
