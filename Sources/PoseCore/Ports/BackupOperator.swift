/// Makes backups on request, and reports on them: the server's routes' view of the backup.
///
/// Errors are those of ``RunStore``, unless a call says more.
public protocol BackupOperator: Sendable {
  /// Starts a run, which continues whatever happens to the caller.
  ///
  /// Throws `backupRunning` while another one is in progress, `restoring` while there is a restore's mark, and
  /// `tooManyRequests`, with the detail `retryAfter` in seconds, if there were too many in a short time.
  func begin() async throws -> BackupRun

  /// Records that somebody accepts what is missing in a run's archive, and returns the updated run.
  ///
  /// Throws `notFound` if there is no such run, `badRequest` if it isn't proven or nothing in it is in doubt.
  func accept(_ id: Int) async throws -> BackupRun

  /// Waits until a run that ``begin()`` returned has ended, and returns its final state.
  func end(of run: BackupRun) async throws -> BackupRun

  func status() async throws -> BackupStatus

  /// nil if there is no such run.
  func run(_ id: Int) async throws -> BackupRun?

  /// At most `limit` runs whose id is less than `before`, by descending id.
  func runs(before: Int?, limit: Int) async throws -> [BackupRun]

  /// The path of a proven run's archive.
  ///
  /// Throws `notFound` if the run has none or the file is gone, `archiveElsewhere`, with the detail `host`, if it is on
  /// another machine.
  func archive(of run: BackupRun) async throws -> String
}

/// The state of the backups; the raw value is shown in health.
public enum BackupState: String, Sendable, Hashable, CaseIterable {
  case good
  /// Somebody has accepted what is missing.
  case accepted
  /// The last archive is proven, but may be incomplete.
  case inDoubt
  /// The last run failed, or the next one would.
  case failing
  /// A due backup was not made.
  case overdue
}

/// The status of the backups.
public struct BackupStatus: Sendable, Hashable {
  /// When the schedule is next due, in seconds since 1970; nil if it never is.
  public var nextRun: Int64?
  /// The one that was started last, in progress or ended.
  public var latest: BackupRun?
  public var lastProven: BackupRun?
  /// Unsent mails, including those that were given up.
  public var unsentMail: [QueuedMail]
  public var state: BackupState
  /// What a person must know, one line each: the backup failed, is overdue or has shrunk, mail can't be sent.
  public var troubles: [String]

  public init(
    nextRun: Int64?, latest: BackupRun?, lastProven: BackupRun?, unsentMail: [QueuedMail], state: BackupState,
    troubles: [String]
  ) {
    self.nextRun = nextRun
    self.latest = latest
    self.lastProven = lastProven
    self.unsentMail = unsentMail
    self.state = state
    self.troubles = troubles
  }
}
