/// The backup runs. Errors are those of ``RunStore``.
public protocol BackupRuns: Sendable {
  /// Begins a run, unless another one is in progress, a run has had the same claim, or there is a restore's mark.
  ///
  /// Of several callers at once, at most one begins. A run that is silent at `origin.startedAt` is no obstacle; it is
  /// abandoned, and reported by the next ``failSilentBackups(at:mail:)``.
  func beginBackup(_ origin: BackupOrigin) async throws -> BackupAdmission

  /// Records that the run of `origin`'s claim could not begin, as an abandoned one that is reported by the next
  /// ``failSilentBackups(at:mail:)``; false, with nothing stored, if there is no claim or a run has had it.
  @discardableResult
  func missBackup(_ origin: BackupOrigin, _ message: String) async throws -> Bool

  /// Reports that the run is alive; false if it counts as ended, and must stop.
  func heartbeat(_ id: Int, phase: String, progress: Double, at now: Int64) async throws -> Bool

  /// Ends the run and queues the mail that reports it, both or neither; false, with nothing changed, if it had ended
  /// otherwise. `state` must not be `running`. Called again with the same state, it changes nothing, and returns true.
  func finishBackup(_ id: Int, _ state: BackupRun.State, mail: NewMail?) async throws -> Bool

  /// Ends the runs that are silent at `now`, and returns the abandoned ones that no such call has returned before, each
  /// once among all servers. Each is returned with its mail queued, or not at all.
  func failSilentBackups(at now: Int64, mail: @escaping @Sendable (BackupRun) -> NewMail?) async throws -> [BackupRun]

  /// nil if there is no such run.
  func backup(_ id: Int) async throws -> BackupRun?

  /// At most `limit` runs whose id is less than `before`, by descending id.
  func backups(before: Int?, limit: Int) async throws -> [BackupRun]

  /// The one that was started last; an adopted one only if there is no other.
  func latestProvenBackup() async throws -> BackupRun?

  /// Records that somebody accepts what is missing in a proven run's archive, and returns the updated run; nil if there
  /// is no such run, or it isn't proven. Called again, it changes nothing.
  func acceptBackup(_ id: Int, at now: Int64) async throws -> BackupRun?

  /// Adopts an archive that an earlier database had recorded, as a proven run; nil, with nothing changed, if a run has
  /// already recorded that path.
  func adoptBackup(_ origin: BackupOrigin, _ archive: BackupArchive, at end: Int64) async throws -> BackupRun?

  /// Of the scheduled runs that were due by `limit`, in seconds since 1970, the one that was started last: this order
  /// is right even if the clock was wrong.
  func latestScheduledBackup(dueBy limit: Int64) async throws -> BackupRun?
}

extension BackupRuns {
  public func latestScheduledBackup() async throws -> BackupRun? { try await latestScheduledBackup(dueBy: .max) }
}
