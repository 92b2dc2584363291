/// The runs of the backup. Errors are those of ``RunStore``.
public protocol BackupRuns: Sendable {
  /// Begins a run, unless another one is under way, a run has had the same claim, or a restore's mark stands.
  ///
  /// Of several callers at once, one at most begins. A run that is silent at `origin.startedAt` does not stand in the
  /// way; it is abandoned, and told of by the next ``failSilentBackups(at:mail:)``.
  func beginBackup(_ origin: BackupOrigin) async throws -> BackupAdmission

  /// Stores that the run of `origin`'s claim could not begin, as an abandoned one that is told of by the next
  /// ``failSilentBackups(at:mail:)``; false, with nothing stored, where there is no claim or a run has had it.
  @discardableResult
  func missBackup(_ origin: BackupOrigin, _ message: String) async throws -> Bool

  /// Says that the run goes on; false when it counts as ended, and must stop.
  func heartbeat(_ id: Int, phase: String, progress: Double, at now: Int64) async throws -> Bool

  /// Ends the run and queues the mail that tells of it, both or neither; false, with nothing changed, when it had
  /// ended otherwise. `state` must not be `running`. Called again with the same state, it changes nothing, and is true.
  func finishBackup(_ id: Int, _ state: BackupRun.State, mail: NewMail?) async throws -> Bool

  /// Ends the runs that are silent at `now`, and returns the abandoned ones that no such call has returned before,
  /// each once among all servers. Each comes with its mail in the queue, or not at all.
  func failSilentBackups(at now: Int64, mail: @escaping @Sendable (BackupRun) -> NewMail?) async throws -> [BackupRun]

  /// nil when there is no such run.
  func backup(_ id: Int) async throws -> BackupRun?

  /// At most `limit` runs whose id is less than `before`, by descending id.
  func backups(before: Int?, limit: Int) async throws -> [BackupRun]

  /// The one that was begun last; one whose archive was taken on again only where there is no other.
  func latestProvenBackup() async throws -> BackupRun?

  /// Notes that a person accepts what the archive of a proven run lacks, and returns the run as it is then; nil where
  /// there is no such run, or it isn't proven. Called again, it changes nothing.
  func acceptBackup(_ id: Int, at now: Int64) async throws -> BackupRun?

  /// Takes an archive on again that an earlier database had recorded, as a proven run; nil, with nothing changed, where
  /// a run has recorded that path already.
  func adoptBackup(_ origin: BackupOrigin, _ archive: BackupArchive, at end: Int64) async throws -> BackupRun?

  /// Of the scheduled runs that were due by `limit`, in seconds since 1970, the one that was begun last: the order of
  /// beginning holds also where the clock was wrong.
  func latestScheduledBackup(dueBy limit: Int64) async throws -> BackupRun?
}

extension BackupRuns {
  public func latestScheduledBackup() async throws -> BackupRun? { try await latestScheduledBackup(dueBy: .max) }
}
