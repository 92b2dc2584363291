import Glibc
public import PoseCore

/// Takes a run of the backup from its beginning to its end, and tells the ``RunStore`` of each step.
public struct BackupRunner: Sendable {
  /// The mail that tells how a run ended; nil where none is sent. Told the last proven run before it, too.
  public typealias MailMaker = @Sendable (_ run: BackupRun, _ lastProven: BackupRun?) -> NewMail?
  /// Tells somebody outside that a backup was proven; throws a ``PoseVaultError`` where that failed.
  public typealias Ping = @Sendable () async throws -> Void

  let runs: any RunStore
  let maker: BackupMaker
  let rules: BackupRules
  let host: String
  let files: BlockingPool
  let clock: @Sendable () -> Int64
  let mail: MailMaker
  let ping: Ping?
  var pace = RunPace()

  /// - Parameters:
  ///   - host: this machine's name for itself.
  ///   - files: where files are read and written.
  ///   - clock: gives seconds since 1970.
  ///   - ping: nil where nobody is told.
  public init(
    runs: any RunStore, maker: BackupMaker, rules: BackupRules, host: String, files: BlockingPool,
    clock: @escaping @Sendable () -> Int64, mail: @escaping MailMaker, ping: Ping?
  ) {
    self.runs = runs
    self.maker = maker
    self.rules = rules
    self.host = host
    self.files = files
    self.clock = clock
    self.mail = mail
    self.ping = ping
  }

  /// Begins a run, which ``complete(_:report:)`` must then take to its end. ``cleanUp()`` comes before.
  public func begin(_ claim: ScheduleClaim?) async throws -> BackupAdmission {
    try await runs.beginBackup(origin(claim))
  }

  /// Stores that a run could not begin; ``cleanUp()`` tells of it.
  func miss(_ claim: ScheduleClaim, _ message: String) async throws {
    try await runs.missBackup(origin(claim), message)
  }

  private func origin(_ claim: ScheduleClaim?) -> BackupOrigin {
    BackupOrigin(host: host, pid: Int(getpid()), startedAt: clock(), claim: claim)
  }

  /// Makes the archive of a run that has begun, and ends the run; a cancellation ends it as failed.
  ///
  /// The run that comes back is still `running` where its end could not be stored.
  public func complete(_ run: BackupRun, report: @escaping BackupMaker.Report = { _, _ in }) async -> EndedRun {
    let folder = BackupFolder(path: rules.folder)
    // its lock ends with this call
    let mark = try? await files.run { RunMark(of: run, in: folder) }
    let pulse = RunPulse(runs: runs, id: run.id, pace: pace, clock: clock)
    let outcome: RunOutcome
    var isUnproven = false
    var cause: String?
    do {
      outcome = .proven(
        try await pulse.whileBeating {
          try await make(run) { phase, progress in
            pulse.note(phase, progress)
            report(phase, progress)
          }
        })
    } catch is RunPulse.Lost {
      await remove(mark)
      let stored = (try? await runs.backup(run.id)) ?? run.abandoned(at: clock())
      return EndedRun(run: stored, troubles: ["The run was silent for too long; another process has ended it."])
    } catch is CancellationError {
      // one of the schedule is caught up, as if the program had been killed
      outcome = .failed(
        "The backup was broken off, because the program was told to end.", isAbandoned: run.origin.claim != nil)
    } catch let error as PoseVaultError {
      outcome = .failed(error.message, isAbandoned: false)
      isUnproven = error.code == .backupUnproven
      cause = ErrorCauses(of: error).text
    } catch {
      outcome = .failed("The backup failed. The log tells the cause.", isAbandoned: false)
      cause = ErrorCauses(of: error).lines.first
    }
    var ended = await end(run, outcome, pulse)
    ended.isUnproven = isUnproven
    ended.cause = cause
    if ended.run.state != .running { await remove(mark) }
    if case .proven(let archive, _) = ended.run.state {
      if !archive.isShrunk { await prune(&ended) }
      await callPing(&ended)
    }
    return ended
  }

  /// In a task of its own, because what a run that was broken off leaves must go, too.
  private func remove(_ mark: RunMark?) async {
    await Task { [files] in try? await files.run { mark?.remove() } }.value
  }

  private func make(_ run: BackupRun, _ report: @escaping BackupMaker.Report) async throws -> BackupArchive {
    let made = try await maker.create(rules.plan(run.origin), report: report)
    var archive = BackupArchive(made)
    if let folder = rules.copyFolder {
      report(.copy, 0)
      do {
        try await ArchiveCopy.copy(archive, into: folder, patience: pace.copyPatience) { report(.copy, $0) }
      } catch {
        let reason = (error as? PoseVaultError)?.message ?? "It was broken off."
        archive.warnings.append("\(BackupArchive.copyFailure) \(reason)")
      }
    }
    return archive
  }

  private func callPing(_ ended: inout EndedRun) async {
    guard let ping else { return }
    do {
      try await ping()
    } catch {
      let reason = (error as? PoseVaultError)?.message ?? "It was broken off."
      ended.troubles.append("BACKUP_PING_URL could not be called. \(reason)")
    }
  }
}

/// A run at its end, and what is to be told of it beyond what is stored.
public struct EndedRun: Sendable, Hashable {
  public var run: BackupRun
  /// What was done after the end, one line each.
  public var notes: [String] = []
  /// What a person must know, one line each.
  public var troubles: [String] = []
  /// Whether it failed because the archive did not hold what the stores do.
  public var isUnproven = false
  /// What led to its failure, in the words of the database or the disk: for the log alone.
  public var cause: String?

  public init(run: BackupRun, notes: [String] = [], troubles: [String] = []) {
    (self.run, self.notes, self.troubles) = (run, notes, troubles)
  }
}

extension BackupArchive {
  /// How the warning begins that BACKUP_COPY_DIR has no copy.
  static let copyFailure = "There is no copy in BACKUP_COPY_DIR."

  /// How many warnings a run keeps.
  private static let maxWarnings = 100

  /// Neither judged nor copied yet.
  init(_ made: ProvenBackup) {
    let manifest = made.manifest
    var warnings = Array(manifest.warnings.prefix(Self.maxWarnings))
    let rest = manifest.warnings.count - warnings.count
    if rest > 0 { warnings.append("and \(rest) more, all of them in manifest.json") }
    self.init(
      path: made.path, size: Int64(made.size), sha256: made.sha256,
      counts: BackupCounts(
        poses: manifest.archivedRows, pictures: manifest.pictures, lostPictures: manifest.lost.count,
        leftOut: manifest.leftOutPictures),
      isShrunk: false, warnings: warnings)
  }
}
