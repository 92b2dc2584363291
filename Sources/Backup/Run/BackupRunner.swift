import Glibc
public import PoseCore
import Synchronization

/// Takes a run of the backup from its beginning to its end, and tells the ``RunStore`` of each step.
public struct BackupRunner: Sendable {
  /// The mail that tells how a run ended; nil where none is sent. Told the last proven run before it, too, and what is
  /// wrong beyond the run, one line each.
  public typealias MailMaker = @Sendable (_ run: BackupRun, _ lastProven: BackupRun?, _ beyond: [String]) -> NewMail?
  /// The mail that tells of what no run does, such as a folder that is gone: one line each.
  public typealias AlertMaker = @Sendable (_ lines: [String], _ lastProven: BackupRun?) -> NewMail?
  /// Tells somebody outside that a backup was proven, or that something is wrong; throws a ``PoseVaultError`` where
  /// that failed.
  public typealias Ping = @Sendable (_ isWell: Bool) async throws -> Void

  let runs: any RunStore
  var maker: BackupMaker
  let rules: BackupRules
  let host: String
  let files: BlockingPool
  let clock: @Sendable () -> Int64
  let mail: MailMaker
  let alert: AlertMaker
  let ping: Ping?
  /// nil where the stores can't be told apart.
  let pair: StorePair?
  var pace = RunPace()

  /// - Parameters:
  ///   - host: this machine's name for itself.
  ///   - files: where files are read and written.
  ///   - clock: gives seconds since 1970.
  ///   - ping: nil where nobody is told.
  public init(
    runs: any RunStore, maker: BackupMaker, rules: BackupRules, host: String, files: BlockingPool,
    clock: @escaping @Sendable () -> Int64, mail: @escaping MailMaker,
    alert: @escaping AlertMaker = { _, _ in nil }, ping: Ping? = nil, pair: StorePair? = nil
  ) {
    self.runs = runs
    self.maker = maker
    self.rules = rules
    self.host = host
    self.files = files
    self.clock = clock
    self.mail = mail
    self.alert = alert
    self.ping = ping
    self.pair = pair
  }

  /// Begins a run, which ``complete(_:report:)`` must then take to its end. ``cleanUp()`` comes before.
  public func begin(_ claim: ScheduleClaim?) async throws -> BackupAdmission {
    try await runs.beginBackup(origin(claim))
  }

  /// Stores that a run could not begin; ``cleanUp()`` tells of it.
  func miss(_ claim: ScheduleClaim, _ message: String) async throws {
    try await runs.missBackup(origin(claim), message)
    await tellOutside(isWell: false)
  }

  private func origin(_ claim: ScheduleClaim?) -> BackupOrigin {
    BackupOrigin(host: host, pid: Int(getpid()), startedAt: clock(), claim: claim)
  }

  /// Makes and proves a whole archive at `path`, which no run records: it is neither mailed nor removed by age.
  ///
  /// Throws as ``BackupMaker/create(_:report:)``; `fileSystem` also where there is a file of that name.
  public func createFile(
    at path: String, report: @escaping BackupMaker.Report = { _, _ in }
  ) async throws -> ProvenBackup {
    var plan = rules.plan(origin(nil))
    plan.repository = nil
    return try await maker.create(plan, at: path, report: report)
  }

  // MARK: A run

  /// Makes the archive of a run that has begun, and ends the run; a cancellation ends it as failed.
  ///
  /// The run that comes back is still `running` where its end could not be stored.
  public func complete(_ run: BackupRun, report: @escaping BackupMaker.Report = { _, _ in }) async -> EndedRun {
    let marked = MarkedRun(run)
    let pulse = RunPulse(runs: runs, id: run.id, pace: pace, clock: clock)
    let outcome: RunOutcome
    var isUnproven = false
    do {
      outcome = .proven(
        try await pulse.whileBeating {
          try await make(marked) { phase, progress in
            pulse.note(phase, progress)
            report(phase, progress)
          }
        })
    } catch is RunPulse.Lost {
      await remove(marked.mark)
      let stored = (try? await runs.backup(run.id)) ?? run.abandoned(at: clock())
      return EndedRun(run: stored, troubles: ["The run sent no heartbeat for too long; another process has ended it."])
    } catch is CancellationError {
      // one of the schedule is caught up, as if the program had been killed
      outcome = .failed(
        "The backup was interrupted because the program was stopped.", isRepeated: run.origin.claim != nil)
    } catch let error as PoseVaultError {
      // one of the schedule is made again where a store was away, or another database's run took long in the repository
      let attempt = run.origin.claim?.attempt ?? ScheduleStep.maxAttempts
      let mayPass = error.code == .storageUnavailable && !error.isLasting || error.code == .backupRunning
      let isRepeated = mayPass && attempt < ScheduleStep.maxAttempts
      outcome = .failed(error.message, isRepeated: isRepeated, cause: error)
      isUnproven = error.code == .backupUnproven
    } catch {
      outcome = .failed("The backup failed. The log has the cause.", isRepeated: false, cause: error)
    }
    var ended = await end(run, as: outcome, beating: pulse)
    ended.isUnproven = isUnproven
    ended.notes = marked.notes + ended.notes
    if ended.run.state != .running { await remove(marked.mark) }
    await follow(&ended)
    return ended
  }

  /// What follows from how the backups stand once a run has ended: old archives go, somebody outside is told.
  private func follow(_ ended: inout EndedRun) async {
    let mayPrune = (try? await standing().state.mayPrune) ?? false
    if ended.run.archive != nil, mayPrune {
      do {
        let report = try await Retention(self).prune()
        ended.notes += report.removed.map { "Removed the old backup \($0)." }
        ended.troubles += report.left
      } catch {
        ended.troubles.append("Old backups were not removed. \(Self.reason(error))")
      }
    }
    guard let ping, ended.run.state != .running else { return }
    do {
      try await ping(ended.run.archive != nil && mayPrune)
    } catch {
      ended.troubles.append("BACKUP_PING_URL could not be called. \(Self.reason(error))")
    }
  }

  /// In a task of its own, because what a run that was interrupted leaves must go, too.
  private func remove(_ mark: RunMark?) async {
    await Task { [files] in try? await files.run { mark?.remove() } }.value
  }

  private func make(_ marked: MarkedRun, _ report: @escaping BackupMaker.Report) async throws -> BackupArchive {
    let run = marked.run
    if let problem = try await marker(of: rules.folder, rules.folderSetting).prepare().problem {
      throw PoseVaultError(.fileSystem, problem)
    }
    let folder = BackupFolder(path: rules.folder)
    // its lock ends with this call
    marked.mark = try? await files.run { RunMark(of: run, in: folder) }
    let made = try await makeWithRoom(marked, report)
    marked.note(made.notes)
    var archive = BackupArchive(made)
    // a whole archive that no list knows would be lost to everybody, also where the run is interrupted just then
    await Task { [files, mark = marked.mark, archive] in try? await files.run { mark?.note(archive) } }.value
    if let folder = rules.copyFolder {
      report(.copy, 0)
      do {
        if let problem = try await marker(of: folder, "BACKUP_COPY_DIR").prepare().problem {
          throw PoseVaultError(.fileSystem, problem)
        }
        try await ArchiveCopy.copy(archive, into: folder, patience: pace.copyPatience) { report(.copy, $0) }
      } catch {
        archive.warnings.append("\(BackupArchive.copyFailure) \(Self.reason(error))")
      }
    }
    return archive
  }

  /// Where the disk is short, removes old archives first, and once more by as much as the stores then turn out to need.
  private func makeWithRoom(
    _ marked: MarkedRun, _ report: @escaping BackupMaker.Report
  ) async throws -> ProvenBackup {
    // what a run of a repository needs, is known once it is known what the packs have
    if rules.repository == nil, let size = try await runs.latestProvenBackup()?.archive?.size {
      let folder = BackupFolder(path: rules.folder)
      let missing = try await files.run { Int64(size) + size / 5 - Int64(try folder.usableSpace()) }
      try await makeRoom(missing, marked)
    }
    do {
      return try await maker.create(rules.plan(marked.run.origin), report: report)
    } catch let error as PoseVaultError where error.code == .fileSystem {
      guard let missing = error.details["missingBytes"].flatMap({ Int64($0) }),
        try await makeRoom(missing, marked)
      else { throw error }
      return try await maker.create(rules.plan(marked.run.origin), report: report)
    }
  }

  /// Whether anything was removed.
  @discardableResult
  private func makeRoom(_ bytes: Int64, _ marked: MarkedRun) async throws -> Bool {
    let made = try await Retention(self).makeRoom(bytes, for: marked.run)
    marked.note(made.removed.map { "Removed the old backup \($0) to make room." } + made.left)
    return !made.removed.isEmpty
  }

  // MARK: How the backups stand

  func standing() async throws -> BackupStanding {
    BackupStanding(try await history(), rules, at: clock())
  }

  /// - Parameters:
  ///   - start: when the server that looks began, where one does.
  ///   - isPreparing: whether what is new is noted: folders, and since when the schedule is known.
  func history(since start: Int64? = nil, isPreparing: Bool = false) async throws -> BackupHistory {
    let now = clock()
    var pairProblem: String?
    if let pair, case .torn(let problem) = try await pair.look() { pairProblem = problem }
    let latest = try await runs.backups(before: nil, limit: 1).first
    return BackupHistory(
      latest: latest, latestEnded: try await lastEnded(upTo: latest), lastProven: try await runs.latestProvenBackup(),
      lastScheduled: try await runs.latestScheduledBackup(dueBy: now + 86_400),
      knownSince: try await knownSince(at: now, startedAt: start ?? now, isNoting: isPreparing),
      folders: try await folderProblems(isPreparing: isPreparing), pairProblem: pairProblem,
      salvage: try await SalvageNote.standing(in: runs)?.line)
  }

  /// The given run, or the one before it that has ended; nil where there is none.
  private func lastEnded(upTo run: BackupRun?) async throws -> BackupRun? {
    var run = run
    while let found = run, found.state == .running {
      run = try await runs.backups(before: found.id, limit: 1).first
    }
    return run
  }

  /// Since when a server has known the schedule; a run that was due before it is not missed.
  func knownSince(at now: Int64, startedAt start: Int64, isNoting: Bool = true) async throws -> Int64 {
    let stored = try await runs.fact(FactName.scheduleKnownSince)
    // one that lies ahead is of a clock that was wrong
    if let seconds = stored.flatMap({ Int64($0) }), seconds <= now { return seconds }
    let since = min(start, now)
    guard isNoting else { return since }
    _ = try await runs.replaceFact(FactName.scheduleKnownSince, stored, with: "\(since)")
    return since
  }

  /// What is wrong with the folders that archives go to, one line each.
  func folderProblems(isPreparing: Bool) async throws -> [String] {
    var problems: [String] = []
    for marker in markers {
      let finding = isPreparing ? try await marker.prepare() : try await marker.look()
      if let problem = finding.problem { problems.append(problem) }
    }
    return problems
  }

  public var markers: [FolderMarker] {
    let copies = rules.copyFolder.map { [marker(of: $0, "BACKUP_COPY_DIR")] } ?? []
    return [marker(of: rules.folder, rules.folderSetting)] + copies
  }

  private func marker(of folder: String, _ setting: String) -> FolderMarker {
    FolderMarker(
      path: folder, setting: setting, facts: runs, runs: runs, files: files, scope: rules.isAlone ? "" : host)
  }

  static func reason(_ error: any Error) -> String {
    (error as? PoseVaultError)?.message ?? "It was interrupted."
  }
}

/// A run under way, and what is known of it beside its archive.
private final class MarkedRun: Sendable {
  let run: BackupRun
  private let state = Mutex<(mark: RunMark?, notes: [String])>((nil, []))

  init(_ run: BackupRun) { self.run = run }

  var mark: RunMark? {
    get { state.withLock { $0.mark } }
    set { state.withLock { $0.mark = newValue } }
  }

  var notes: [String] { state.withLock { $0.notes } }

  func note(_ lines: [String]) { state.withLock { $0.notes += lines } }
}

/// A run at its end, and what is to be told of it beyond what is stored.
public struct EndedRun: Sendable {
  public var run: BackupRun
  /// What was done after the end, one line each.
  public var notes: [String] = []
  /// What a person must know, one line each.
  public var troubles: [String] = []
  /// Whether it failed because the archive did not hold what the stores do.
  public var isUnproven = false
  /// What led to its failure, in the words of the database or the disk: for the log alone.
  public var cause: String?

  public init(run: BackupRun, notes: [String] = [], troubles: [String] = [], cause: (any Error)? = nil) {
    self.run = run
    self.notes = notes
    self.troubles = troubles
    let causes = cause.map { ErrorCauses(of: $0) }
    // of ours, the message is the run's own already
    self.cause = cause is PoseVaultError ? causes?.text : causes?.lines.first
  }
}

extension BackupArchive {
  /// How the warning begins that BACKUP_COPY_DIR has no copy.
  static let copyFailure = "There is no copy in BACKUP_COPY_DIR."

  /// How many warnings and ends of the audit trail a run keeps.
  private static let maxWarnings = 100
  /// How many ids of lost and of damaged pictures a run keeps.
  private static let maxListed = 1000

  /// Neither judged nor copied yet.
  init(_ made: ProvenBackup) {
    let manifest = made.manifest
    let all = made.findings + manifest.warnings
    var warnings = Array(all.prefix(Self.maxWarnings))
    let rest = all.count - warnings.count
    if rest > 0 { warnings.append("and \(rest) more, all of them in manifest.json") }
    // several people may be on one picture
    let lost = Set(manifest.lost.map(\.imageID) + made.lostInStore.map(\.description))
    let damaged = manifest.damaged.map(\.imageID) + made.damagedInStore
    self.init(
      path: made.path, size: Int64(made.size), sha256: made.sha256,
      counts: BackupCounts(
        poses: manifest.archivedRows, pictures: manifest.pictures, lostPictures: lost.count,
        leftOut: manifest.leftOutPictures, damagedPictures: damaged.count,
        unreferencedPictures: manifest.unreferencedPictures, trashedPictures: manifest.trashedPictures,
        pictureBytes: Int64(manifest.pictureBytes)),
      isShrunk: false, warnings: warnings, lost: Array(lost.sorted().prefix(Self.maxListed)),
      damaged: damaged.prefix(Self.maxListed).map(\.description),
      unnamed: manifest.damaged.filter { !$0.isNamed }.prefix(Self.maxListed).map(\.imageID.description),
      namedPictures: made.namedPictures.map { $0 + Set(manifest.lost.map(\.imageID)).count },
      damagedPacks: Array(made.damagedPacks.prefix(Self.maxListed)),
      audit: Array(manifest.audit.prefix(Self.maxWarnings)))
  }
}

/// What processes that were killed had left.
public struct CleanUp: Sendable, Hashable {
  /// The runs that nobody was told of yet.
  public var abandoned: [BackupRun] = []
  /// Files of unfinished archives that were removed, by name.
  public var removed: [String] = []
}

extension BackupRunner {
  /// Ends runs whose process has died or is silent, with their mails, and removes what they left in BACKUP_DIR.
  ///
  /// A folder that can't be read is left to the next run, which fails there, and so is told of.
  public func cleanUp() async throws -> CleanUp {
    let folder = BackupFolder(path: rules.folder)
    let marks = try? await files.run { try folder.abandonedMarks() }
    var isProven = false
    for mark in marks ?? [] {
      let dead = try await end(mark.content)
      isProven = isProven || dead == .proven
      if dead != .foreign { try await files.run { mark.remove() } }
    }
    let lastProven = try await runs.latestProvenBackup()
    let abandoned = try await runs.failSilentBackups(at: clock()) { [mail] in mail($0, lastProven, []) }
    if !abandoned.isEmpty {
      await tellOutside(isWell: false)
    } else if isProven {
      await tellOutside(isWell: (try? await standing().state.mayPrune) ?? false)
    }
    let removed = try? await files.run { try folder.removeLeftovers() }
    return CleanUp(abandoned: abandoned, removed: removed ?? [])
  }

  /// The mail of a failed one is left to the call that tells of abandoned runs. One that was killed after its archive
  /// had its name, while it was copied, is proven.
  ///
  /// Another storage may share the folder, count its runs in the same way, and need the mark to learn of its dead process
  /// and of the archive that this had made.
  private func end(_ dead: RunMark.Content) async throws -> DeadRun {
    guard let run = try await runs.backup(dead.run), RunMark.Content(run) == dead.withoutArchive else {
      // of a storage that nobody uses any more, it would stay for ever
      return clock() - dead.startedAt > Self.foreignMarkAge ? .ended : .foreign
    }
    guard run.state == .running else { return .ended }
    if var archive = dead.archive, await isWhole(archive) {
      if rules.copyFolder != nil {
        archive.warnings.append("\(BackupArchive.copyFailure) The run was killed before it had ended.")
      }
      let now = clock()
      var ended = run
      ended.state = .proven(try await judged(archive, of: run, at: now), at: now)
      let mail = mail(ended, try await runs.latestProvenBackup(), await troublesBeyond(ended))
      return try await runs.finishBackup(run.id, ended.state, mail: mail) ? .proven : .ended
    }
    let state = BackupRun.State.failed(
      message: "The run was killed at \(Int(run.progress * 100)) % (\(run.phase)): process \(dead.pid) on "
        + "\(dead.host) ended unexpectedly.",
      isRepeated: true, at: clock())
    _ = try await runs.finishBackup(run.id, state, mail: nil)
    return .ended
  }

  private enum DeadRun {
    /// Of another storage.
    case foreign
    /// Its archive was whole, and is recorded.
    case proven
    case ended
  }

  /// Tells whoever waits for the backups how they stand, where no run that goes on does: that nobody hears it shows by
  /// itself, as the next good backup calls, too.
  func tellOutside(isWell: Bool) async {
    try? await ping?(isWell)
  }

  /// How long the mark of another storage's run is left to that, in seconds.
  private static let foreignMarkAge: Int64 = 32 * 86_400

  private func isWhole(_ archive: BackupArchive) async -> Bool {
    guard let file = try? await files.run({ try ReadFile(archive.path) }) else { return false }
    return (try? await FileDigest.of(file, files)) == FileDigest(size: Int(archive.size), sha256: archive.sha256)
  }
}
