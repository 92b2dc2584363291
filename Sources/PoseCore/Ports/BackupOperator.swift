/// Makes backups on request, and reports on them: what the server's routes know of the backup.
///
/// Errors are those of ``RunStore``, unless a call says more.
public protocol BackupOperator: Sendable {
  /// Begins a run, which goes on whatever becomes of the caller.
  ///
  /// Throws `backupRunning` while another one is under way, `restoring` while a restore's mark stands, and
  /// `tooManyRequests`, with the detail `retryAfter` in seconds, where there were too many in a short time.
  func begin() async throws -> BackupRun

  /// Notes that a person accepts what the archive of a run lacks, and returns the run as it is then.
  ///
  /// Throws `notFound` where there is no such run, `badRequest` where it isn't proven or nothing in it is in doubt.
  func accept(_ id: Int) async throws -> BackupRun

  /// Waits until a run that ``begin()`` returned has ended, and returns it as it ended.
  func end(of run: BackupRun) async throws -> BackupRun

  func status() async throws -> BackupStatus

  /// nil when there is no such run.
  func run(_ id: Int) async throws -> BackupRun?

  /// At most `limit` runs whose id is less than `before`, by descending id.
  func runs(before: Int?, limit: Int) async throws -> [BackupRun]

  /// The path of the archive of a proven run.
  ///
  /// Throws `notFound` where the run has none or the file is gone, `archiveElsewhere`, with the detail `host`, where
  /// it lies on another machine.
  func archive(of run: BackupRun) async throws -> String
}

/// In which state the backups are; the raw value is what health shows.
public enum BackupState: String, Sendable, Hashable, CaseIterable {
  case good
  /// A person has said that what is missing may be missing.
  case accepted
  /// The last archive is proven, but may not hold all that it should.
  case inDoubt
  /// The last run failed, or the next one would.
  case failing
  /// A backup that is due was not made.
  case overdue
}

/// How the backup stands.
public struct BackupStatus: Sendable, Hashable {
  /// When the schedule is due next, in seconds since 1970; nil when it never is.
  public var nextRun: Int64?
  /// The one that was begun last, under way or ended.
  public var latest: BackupRun?
  public var lastProven: BackupRun?
  /// Mails not sent yet, the ones that were given up included.
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
