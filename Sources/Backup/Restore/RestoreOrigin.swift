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

  /// Whether the restore that set `mark` may still be going on at `now`.
  func mayStillRun(_ mark: RestoreMark, at now: Int64) -> Bool {
    if mark.host == host, mark.pid == pid || !Self.exists(mark.pid) { return false }
    return now - mark.heartbeatAt < Self.silence
  }

  private static func exists(_ pid: Int) -> Bool {
    guard let pid = pid_t(exactly: pid), pid > 0 else { return false }
    return kill(pid, 0) == 0 || errno == EPERM
  }

  /// In seconds: a mark that has not been renewed for so long is that of a restore that was broken off.
  static let silence: Int64 = 120
}
