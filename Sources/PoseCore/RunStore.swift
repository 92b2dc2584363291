/// Keeps what other processes and servers on the same storage must know: the mark of a restore, the runs of the
/// backup, and the mail still to be sent. It lies in the pose database.
///
/// Times are seconds since 1970 and the caller's; the clocks of several servers must agree within a few minutes.
/// Every call throws ``PoseVaultError`` with `storageUnavailable` when the database doesn't answer. What a call
/// changed is durable when it returns; after an error it may or may not have been done.
public protocol RunStore: Sendable {
  // MARK: Restore

  /// nil when what is stored is whole.
  func restoreMark() async throws -> RestoreMark?

  /// Sets the mark, unless a backup is under way or a mark other than `previous` or `mark` itself stands.
  ///
  /// A restore repeats this with a later heartbeat while it goes on; where another one has taken over in the
  /// meantime, it is not admitted again and must stop.
  func setRestoreMark(
    _ mark: RestoreMark, replacing previous: RestoreMark?, at now: Int64
  ) async throws -> RestoreAdmission

  /// Whether `mark` stood, and so was removed.
  @discardableResult
  func removeRestoreMark(_ mark: RestoreMark) async throws -> Bool

  // MARK: Backup

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

  // MARK: Mail

  /// Returns the mail's id.
  @discardableResult
  func enqueue(_ mail: NewMail) async throws -> Int

  /// Of the mails that `host` may send at `now`, the one that is due first; nil when there is none.
  ///
  /// No other call gets it before `lease` seconds have passed: then its sender is taken for dead.
  func takeMail(at now: Int64, host: String, lease: Int64) async throws -> QueuedMail?

  /// The mail `id`, whichever host it waits for; nil where it isn't due at `now`, was given up, is gone or is taken.
  func takeMail(_ id: Int, at now: Int64, lease: Int64) async throws -> QueuedMail?

  /// Puts a mail that was taken back, with the content that it has now; false when it is gone or was taken again since.
  @discardableResult
  func putBack(_ mail: QueuedMail, dueAt: Int64, failure: String) async throws -> Bool

  /// Keeps a mail that was taken, with the content that it has now, as one that will not be sent; false when it is gone
  /// or was taken again since.
  @discardableResult
  func giveUp(_ mail: QueuedMail, failure: String, at now: Int64) async throws -> Bool

  /// Removes a mail that was sent, and those queued before it that were given up: mail is in order again.
  func removeSent(_ mail: QueuedMail) async throws

  /// At most `limit` mails not sent yet, the ones that were given up included, by ascending id.
  func unsentMail(limit: Int) async throws -> [QueuedMail]

  // MARK: Facts

  /// A short text that all servers share under `name`, of at most 64 ASCII characters; nil where there is none.
  func fact(_ name: String) async throws -> String?

  /// Sets a fact, or with nil removes it, where it still is `old`; whether it was.
  ///
  /// Of several callers at once that name the same `old`, one at most succeeds.
  func replaceFact(_ name: String, _ old: String?, with new: String?) async throws -> Bool

  // MARK: Sweep

  /// Whether this program knows the database as it is now: a newer version beside this one may have upgraded it.
  func knowsSchema() async throws -> Bool

  /// Whether a restore's mark stands or a backup is under way, so that no picture may be swept.
  func isRestoringOrBackingUp(at now: Int64) async throws -> Bool

  /// Whether the caller may sweep at `now`: none of all servers has had the right in the ``sweepInterval`` before.
  func claimSweep(at now: Int64) async throws -> Bool
}

/// Names of facts.
public enum FactName {
  /// Since when a server has known the schedule, in seconds since 1970.
  public static let scheduleKnownSince = "schedule_known_since"
  /// The retention rules that were applied last.
  public static let retentionRules = "retention_rules"
  /// What was told last, unasked, of backups that no run told of.
  public static let alert = "backup_alert"
  /// What the stores lack since they were filled by a salvage.
  public static let salvage = "salvage"
  /// The number that the picture store of this database holds, too, and the one that it is being exchanged for.
  public static let pair = "pair"
  public static let nextPair = "pair_next"
}

extension RunStore {
  public func latestScheduledBackup() async throws -> BackupRun? { try await latestScheduledBackup(dueBy: .max) }

  /// The least time between two sweeps, in seconds.
  public static var sweepInterval: Int64 { 86_400 }

  /// Throws `restoring` while a restore's mark stands.
  public func requireWhole() async throws {
    if let mark = try await restoreMark() { throw mark.refusal }
  }
}

extension RestoreMark {
  /// What those are told who would use the storage.
  public var refusal: PoseVaultError {
    PoseVaultError(
      .restoring,
      "A restore is filling the storage, or was broken off: nothing else may use it before the restore has ended.",
      details: ["host": host, "file": file])
  }
}
