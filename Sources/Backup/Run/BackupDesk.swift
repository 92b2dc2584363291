public import PoseCore

/// Where backups are ordered: by the schedule, by the server's users, by commands.
///
/// Runs go on in tasks of their own, whatever becomes of those who ordered them, until ``shutDown()``.
public actor BackupDesk: BackupOperator {
  /// What a log should tell.
  public enum News: Sendable {
    case begun(BackupRun)
    case ended(EndedRun)
    case cleanedUp(CleanUp)
    /// A person has accepted what the run's archive lacks.
    case accepted(BackupRun)
    /// A restore keeps the run of this claim from beginning; told once for each claim.
    case waiting(ScheduleClaim, RestoreMark)
    /// What no run tells of, one line each; told once a day.
    case alert([String])
    /// The schedule could not be looked after; told once until it can again.
    case failing(any Error)
  }

  public typealias Tell = @Sendable (News) -> Void

  let runner: BackupRunner
  /// When this server began, in seconds since 1970.
  let startedAt: Int64
  let tell: Tell
  let obstacle: @Sendable () async -> String?
  private var work: [Int: Task<Void, Never>] = [:]
  /// Those under way that a person asked for.
  private var asked: Set<Int> = []
  private var beginning = 0
  private var isClosed = false
  /// Whose waiting was told of.
  private var waiting: ScheduleClaim?
  /// Since when the schedule's runs are kept from beginning, in seconds since 1970.
  private var blockedSince: Int64?
  /// Of the last run here.
  private(set) var troubles: [String] = []
  /// What ``status()`` said when the database answered last.
  var known: BackupStatus?
  private var allowance: RunAllowance

  /// - Parameter obstacle: why the storage can't be used yet, for a person; nil where it can.
  public init(
    _ runner: BackupRunner, obstacle: @escaping @Sendable () async -> String? = { nil },
    tell: @escaping Tell = { _ in }
  ) {
    self.runner = runner
    self.obstacle = obstacle
    self.tell = tell
    startedAt = runner.clock()
    allowance = RunAllowance(pause: runner.rules.pause, at: startedAt)
  }

  public func begin() async throws -> BackupRun {
    // in a task of its own: a run that has begun must not be left alone because its caller left
    try await Task { try await beginAsked() }.value
  }

  private func beginAsked() async throws -> BackupRun {
    // that another one is under way is told first
    if let other = try await runner.runs.backups(before: nil, limit: 1).first, other.state == .running,
      !other.isSilent(at: runner.clock())
    {
      throw Self.underWay(other)
    }
    let wait = allowance.take(at: runner.clock())
    guard wait == 0 else {
      throw PoseVaultError(
        .tooManyRequests,
        "Too many backups in a short time. The next one can be started in \(Count.text(wait, "second")).",
        details: ["retryAfter": "\(wait)"])
    }
    do {
      let run = try await beginNow()
      asked.insert(run.id)
      return run
    } catch {
      allowance.giveBack()
      throw error
    }
  }

  private func beginNow() async throws -> BackupRun {
    switch try await begin(nil) {
    case .begun(let run): return run
    case .running(let other), .claimed(let other): throw Self.underWay(other)
    case .restoring(let mark):
      throw PoseVaultError(
        .restoring, "A restore is in progress or was interrupted: process \(mark.pid) on \(mark.host).")
    }
  }

  private static func underWay(_ other: BackupRun) -> PoseVaultError {
    PoseVaultError(
      .backupRunning,
      "Another backup is running: run \(other.id), by process \(other.origin.pid) on \(other.origin.host).")
  }

  public func accept(_ id: Int) async throws -> BackupRun {
    guard let run = try await runner.runs.backup(id) else {
      throw PoseVaultError(.notFound, "There is no backup \(id).")
    }
    guard let archive = run.archive, !archive.doubts.isEmpty || !archive.openLosses.isEmpty else {
      throw PoseVaultError(.badRequest, "Nothing in backup \(id) is in doubt.")
    }
    guard let accepted = try await runner.runs.acceptBackup(id, at: runner.clock()) else {
      throw PoseVaultError(.notFound, "There is no backup \(id).")
    }
    if var salvage = try await SalvageNote.standing(in: runner.runs), archive.doubts.contains(salvage.line) {
      salvage.acceptedAt = runner.clock()
      try await SalvageNote.keep(salvage, in: runner.runs)
    }
    tell(.accepted(accepted))
    return accepted
  }

  /// - Parameter claim: of the schedule; nil for a run that someone asked for.
  func begin(_ claim: ScheduleClaim?) async throws -> BackupAdmission {
    guard !isClosed else { throw PoseVaultError(.shuttingDown, "The server is shutting down.") }
    beginning += 1
    defer { beginning -= 1 }
    // in a task of its own: a run that has begun must not be left alone because its caller left
    let admission = try await Task { [runner] in
      try await cleanUp()
      return try await runner.begin(claim)
    }.value
    switch admission {
    case .begun(let run): take(run)
    case .restoring(let mark): tell(claim, waitingFor: mark)
    case .running, .claimed: break
    }
    return admission
  }

  /// Begins a run of the schedule. Where it has been kept from beginning for too long, it is said to have failed, once
  /// an hour at most; it is still made later.
  ///
  /// - Parameter newest: the scheduled run that was begun last, as far as the caller knows.
  func beginDue(_ claim: ScheduleClaim, after newest: BackupRun?) async throws {
    let obstacle: String
    var claim = claim
    var admission = try await begin(claim)
    // made long before its time, under a clock that was ahead
    while case .claimed(let other) = admission, let newest, other.id <= newest.id,
      claim.attempt < ScheduleStep.mostClaims
    {
      claim.attempt += 1
      admission = try await begin(claim)
    }
    switch admission {
    case .begun, .claimed:
      blockedSince = nil
      return
    case .running(let other): obstacle = "run \(other.id) on \(other.origin.host) is still running"
    case .restoring(let mark): obstacle = "a restore on \(mark.host) is not finished"
    }
    let now = runner.clock()
    let since = min(blockedSince ?? now, now)
    blockedSince = since
    guard claim.attempt == 1, now - since >= BackupHistory.patience else { return }
    let due = runner.rules.text(claim.dueAt)
    try await runner.miss(claim, "The backup that was due on \(due) could not start: \(obstacle).")
    blockedSince = nil
  }

  private func tell(_ claim: ScheduleClaim?, waitingFor mark: RestoreMark) {
    guard let claim, claim != waiting else { return }
    waiting = claim
    tell(.waiting(claim, mark))
  }

  func cleanUp() async throws {
    let done = try await runner.cleanUp()
    if done != CleanUp() { tell(.cleanedUp(done)) }
  }

  private func take(_ run: BackupRun) {
    tell(.begun(run))
    let task = Task { [runner] in
      let ended = await runner.complete(run)
      close(ended)
    }
    work[run.id] = task
    if isClosed { task.cancel() }
  }

  private func close(_ ended: EndedRun) {
    work[ended.run.id] = nil
    troubles = ended.troubles
    // a failed run costs nothing
    if asked.remove(ended.run.id) != nil, ended.run.archive == nil { allowance.giveBack() }
    tell(.ended(ended))
  }

  public func end(of run: BackupRun) async throws -> BackupRun {
    while work[run.id] != nil { try await Task.sleep(for: .milliseconds(100)) }
    return try await runner.runs.backup(run.id) ?? run
  }

  /// Breaks off the runs under way, and returns once they are told of; takes no more.
  public func shutDown() async {
    isClosed = true
    for task in work.values { task.cancel() }
    while beginning > 0 || !work.isEmpty {
      for task in work.values { await task.value }
      // it is not the task that is awaited here, and so may be called off
      await Task.yield()
    }
  }

  public func run(_ id: Int) async throws -> BackupRun? { try await runner.runs.backup(id) }

  public func runs(before: Int?, limit: Int) async throws -> [BackupRun] {
    try await runner.runs.backups(before: before, limit: limit)
  }

  /// A machine may have changed its name, or share the folder with the one where the run was.
  public func archive(of run: BackupRun) async throws -> String {
    guard case .proven(let archive, _) = run.state else {
      throw PoseVaultError(.notFound, "Run \(run.id) has no archive.")
    }
    if try await runner.files.run({ archive.isHere }) { return archive.path }
    guard run.origin.host == runner.host else {
      throw PoseVaultError(
        .archiveElsewhere, "The archive of run \(run.id) is on \(run.origin.host).",
        details: ["host": run.origin.host])
    }
    throw PoseVaultError(.notFound, "The archive of run \(run.id) no longer exists.")
  }
}

extension BackupDesk {
  /// While the database of the runs doesn't answer, what it said last, and that the next run would fail.
  public func status() async throws -> BackupStatus {
    async let picturesAnswer = runner.maker.picturesTrouble(within: Self.answerLimit)
    let answer = await promptly(within: Self.answerLimit) { () -> Result<BackupStatus, PoseVaultError> in
      do { return .success(try await self.recorded()) } catch let error as PoseVaultError { return .failure(error) }
    }
    var obstacles = await [obstacle(), picturesAnswer].compactMap { $0 }
    switch answer {
    case .success(var status):
      known = status
      status.fail(obstacles)
      return status
    case .failure(let error) where error.code != .storageUnavailable: throw error
    case .failure, nil:
      var status =
        known
        ?? BackupStatus(nextRun: nil, latest: nil, lastProven: nil, unsentMail: [], state: .failing, troubles: [])
      status.nextRun = runner.rules.schedule.nextRun(after: runner.clock(), in: runner.rules.zone)
      obstacles.insert("The pose database can't be used, so no backup can be made.", at: 0)
      status.fail(obstacles)
      return status
    }
  }

  private static let answerLimit: Duration = .milliseconds(1500)

  private func recorded() async throws -> BackupStatus {
    let runs = runner.runs
    let rules = runner.rules
    let now = runner.clock()
    let history = try await runner.history(since: startedAt)
    let standing = BackupStanding(history, rules, at: now)
    let unsent = try await runs.unsentMail(limit: 100)
    return BackupStatus(
      nextRun: rules.schedule.nextRun(after: now, in: rules.zone), latest: history.latest,
      lastProven: history.lastProven, unsentMail: unsent, state: standing.state,
      troubles: standing.troubles + troubles + Self.troubles(unsent))
  }

  /// Sends a mail of what no run's mail tells of: at once where it is new, else once a day; not while a run is under way,
  /// whose own mail tells of it.
  ///
  /// Of several servers one sends it.
  func alert() async throws {
    // what a restore fills is not written to by others
    guard try await runner.runs.restoreMark() == nil else { return }
    let history = try await runner.history(since: startedAt, isPreparing: true)
    let now = runner.clock()
    if let latest = history.latest, latest.state == .running, !latest.isSilent(at: now) { return }
    let standing = BackupStanding(history, runner.rules, at: now)
    let told = try await runner.runs.fact(FactName.alert)
    guard !standing.alerts.isEmpty else {
      // so that the same trouble is told at once when it comes again
      if told != nil { _ = try await runner.runs.replaceFact(FactName.alert, told, with: nil) }
      return
    }
    let alert = ToldAlert(standing.alerts, at: now)
    guard told.flatMap({ ToldAlert($0) })?.covers(alert) != true else { return }
    guard try await runner.runs.replaceFact(FactName.alert, told, with: alert.text) else { return }
    tell(.alert(standing.alerts))
    if let mail = runner.alert(standing.alerts, history.lastProven) { try await runner.runs.enqueue(mail) }
    // whoever waits for the backups notices by itself that one is overdue
    if standing.state != .overdue { await runner.tellOutside(isWell: false) }
  }

  private static func troubles(_ unsent: [QueuedMail]) -> [String] {
    let failed = unsent.filter { $0.failure != nil }
    guard let last = failed.last, let failure = last.failure else { return [] }
    return ["Mail can't be sent (\(failed.count) in the queue): \(failure)"]
  }
}

extension BackupStatus {
  /// Says that the next run would fail, where something is in its way.
  fileprivate mutating func fail(_ obstacles: [String]) {
    guard !obstacles.isEmpty else { return }
    state = .failing
    troubles = obstacles + troubles
  }
}

extension BackupMaker {
  /// Why the pictures can't be read; nil where they can.
  fileprivate func picturesTrouble(within limit: Duration) async -> String? {
    let isThere: Void? = await promptly(within: limit) { [images = source.images] in try await images.ping() }
    return isThere == nil ? "The picture store can't be used, so no backup can be made." : nil
  }
}
