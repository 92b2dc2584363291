import Glibc
import PoseCore

/// The process that restores.
public struct RestoreOrigin: Sendable {
  public var host: String
  public var pid: Int

  public init(host: String, pid: Int) {
    self.host = host
    self.pid = pid
  }

  /// Whether the restore that set `mark` may still be in progress at `now`.
  func mayStillRun(_ mark: RestoreMark, at now: Int64) -> Bool {
    !isKnownDead(mark) && now - mark.heartbeatAt < Self.silence
  }

  /// Whether its process was on this machine, and no longer exists. An equal process id proves nothing: two containers
  /// with the same name may both have a process 1.
  func isKnownDead(_ mark: RestoreMark) -> Bool {
    mark.host == host && mark.pid != pid && !Self.exists(mark.pid)
  }

  private static func exists(_ pid: Int) -> Bool {
    guard let pid = pid_t(exactly: pid), pid > 0 else { return false }
    return kill(pid, 0) == 0 || errno == EPERM
  }

  /// In seconds: a mark that has not been renewed for this long belongs to an interrupted restore.
  static let silence: Int64 = 120
}
