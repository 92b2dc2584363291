import Glibc
public import PoseCore

/// Removes the archives that the rules don't keep, and their copies by the same rules.
///
/// What it removes is certainly ours: a run has recorded the file, and it is still, byte by byte, the archive that was
/// proven then. It never looks for files.
public struct Retention: Sendable {
  public struct Report: Sendable, Hashable {
    /// Paths that were removed, or would be.
    public var removed: [String] = []
    /// What was left although the rules don't keep it, and why, one line each.
    public var left: [String] = []
    /// What becomes of each archive and why, one line each, the newest first.
    public var reasons: [String] = []
  }

  let runner: BackupRunner

  public init(_ runner: BackupRunner) {
    self.runner = runner
  }

  /// Prunes archives and copies; nothing unless the backups are in order or, where a person asks for it, only fail or are
  /// late; and nothing by rules that are new: what would go is then told first.
  ///
  /// - Parameters:
  ///   - isRehearsal: nothing is removed, but all is told.
  ///   - isAsked: whether a person asked for it, who has seen what would go.
  ///
  /// Throws the ``RunStore``'s errors; what is wrong with a file is told.
  public func prune(isRehearsal: Bool = false, isAsked: Bool = false) async throws -> Report {
    let standing = try await runner.standing()
    var report = Report()
    // on a full disk no run succeeds until somebody has made room
    let mayRemove = standing.state.mayPrune || isAsked && standing.mayMakeRoom
    guard mayRemove || isRehearsal else {
      report.left = ["All archives are kept while the backups are \(standing.state.words)."]
      return report
    }
    let isNew = try await !areKnown()
    let folders: [String?] = [nil] + (runner.rules.copyFolder.map { [$0] } ?? [])
    for folder in folders {
      let part = try await prune(copiesIn: folder, isRehearsal: isRehearsal || isNew && !isAsked)
      report.removed += part.removed
      report.left += part.left
      report.reasons += part.reasons
    }
    if let rules = runner.rules.repository {
      let packs = PackRetention(
        folder: PackFolder(path: runner.rules.folder), files: runner.files, graceDays: rules.graceDays,
        now: runner.clock())
      let part = try await packs.prune(isRehearsal: isRehearsal || isNew && !isAsked)
      report.removed += part.removed
      report.left += part.left
      report.reasons += part.reasons
    }
    if isNew, !isRehearsal { try await note() }
    if isNew, !isRehearsal, !isAsked { report.removed = [] }
    if !mayRemove {
      report.left.append("All are kept for now: the backups are \(standing.state.words).")
      report.removed = []
    }
    return report
  }

  /// Makes room for a run by removing old archives beyond what the rules say; what is never removed stays. Of a repository
  /// only what the rules don't keep, and packs that no run names, whatever the days of grace: how much a run less would
  /// free, nobody can foretell.
  ///
  /// - Parameters:
  ///   - bytes: how many must become free.
  ///   - run: the one that needs them.
  func makeRoom(_ bytes: Int64, for run: BackupRun) async throws -> Report {
    guard bytes > 0, try await runner.standing().mayMakeRoom else { return Report() }
    // by rules that are new nothing goes yet, but for want of room
    let rules = try await areKnown() ? nil : RetentionRules(scheduledDays: .max)
    let folder = runner.rules.folder
    guard runner.rules.repository == nil else {
      var report = try await prune(copiesIn: nil, rules: rules, isRehearsal: false)
      let packs = PackRetention(
        folder: PackFolder(path: folder), files: runner.files, graceDays: 0, now: runner.clock())
      let part = try await packs.prune(isRehearsal: false)
      report.removed += part.removed
      report.left += part.left
      return report
    }
    // BACKUP_DIR may have been on another disk
    let kept = try await load(nil).filter(\.isHere)
    let freeing = try await runner.files.run {
      let disk = FileStatus.disk(of: folder)
      return Set(kept.filter { FileStatus.disk(of: $0.archive.path) == disk }.map(\.run.id))
    }
    let room = MissingRoom(bytes: bytes, isForScheduled: run.origin.claim != nil) { freeing.contains($0.run.id) }
    return try await prune(copiesIn: nil, room: room, rules: rules, isRehearsal: false)
  }

  /// Lines that say what will go under rules that no run has known; empty where they are known.
  func announcement(with new: KeptArchive) async throws -> [String] {
    guard try await !areKnown() else { return [] }
    let archives = [new] + (try await load(nil)).filter { $0.run.id != new.run.id }
    let gone = try await plan(archives).removed.filter(\.isHere).map(\.archive.fileName)
    guard !gone.isEmpty else { return [] }
    let names = gone.prefix(20).joined(separator: ", ") + (gone.count > 20 ? ", …" : "")
    return [
      "New retention rules (\(runner.rules.retention.text)): nothing is removed this time. The next backup removes "
        + "\(Count.text(gone.count, "archive")): \(names)."
    ]
  }

  private func areKnown() async throws -> Bool {
    try await runner.runs.fact(FactName.retentionRules) == runner.rules.retention.text
  }

  func note() async throws {
    let known = try await runner.runs.fact(FactName.retentionRules)
    _ = try await runner.runs.replaceFact(FactName.retentionRules, known, with: runner.rules.retention.text)
  }

  private func load(_ folder: String?) async throws -> [KeptArchive] {
    let kept = KeptArchives(runs: runner.runs, files: runner.files, host: runner.host)
    return try await kept.load(copiesIn: folder, at: runner.clock())
  }

  /// - Parameter rules: instead of those that are set.
  private func plan(
    _ archives: [KeptArchive], room: MissingRoom? = nil, rules: RetentionRules? = nil
  ) async throws -> RetentionPlan {
    let now = runner.clock()
    var losses: Set<ImageID> = []
    // what a person has given up holds nothing back
    if let newest = archives.first?.archive { losses = Set(newest.openLosses.compactMap { ImageID($0) }) }
    let holders = try await PictureHolders(files: runner.files)
      .find(losses, in: archives) { !$0.isFromFuture(at: now) }
    return RetentionPlan(
      archives, rules ?? runner.rules.retention, holders: holders, room: room,
      daysInsideAge: runner.rules.dueDays(atMost: 3, insideAgeAt: now), zone: runner.rules.zone, at: now)
  }

  private func prune(
    copiesIn folder: String?, room: MissingRoom? = nil, rules: RetentionRules? = nil, isRehearsal: Bool
  ) async throws -> Report {
    let plan = try await plan(try await load(folder), room: room, rules: rules)
    var report = Report()
    report.reasons = plan.lines.map { line in
      "\(line.isKept ? "keep" : "remove")\t\(line.archive.archive.path)\t\(line.reason)"
    }
    for archive in plan.removed where archive.isHere {
      try Task.checkCancellation()
      do {
        try await remove(archive.archive, isRehearsal: isRehearsal)
        report.removed.append(archive.archive.path)
      } catch {
        report.left.append((error as? PoseVaultError)?.message ?? "\(error)")
      }
    }
    return report
  }

  private func remove(_ archive: BackupArchive, isRehearsal: Bool) async throws {
    let path = archive.path
    let files = runner.files
    let file = try await files.run { try ReadFile(path) }
    guard try await FileDigest.of(file, files).sha256 == archive.sha256 else {
      throw PoseVaultError(.backupUnproven, "\(path) is no longer the archive that was verified, and is left alone.")
    }
    if !isRehearsal { try await files.run { _ = try FileFailure.check("remove \(path)") { unlink(path) } } }
  }
}

extension BackupRules {
  /// How many days inside BACKUP_MAX_AGE_DAYS the schedule gives an archive.
  func dueDays(atMost limit: Int, insideAgeAt now: Int64) -> Int {
    guard let days = retention.maxAgeDays else { return 0 }
    let clock = ZoneClock(zone)
    var found: Set<Int64> = []
    var due = now
    while found.count < limit, let last = schedule.latestRun(through: due - 1, in: zone),
      now - last < Int64(days) * 86_400
    {
      found.insert(clock.wall(at: last) / 86_400)
      due = last
    }
    return found.count
  }
}

extension BackupState {
  /// Whether old archives may go, and whoever is called after a backup may be told that all is well.
  public var mayPrune: Bool {
    switch self {
    case .good, .accepted: true
    case .inDoubt, .failing, .overdue: false
    }
  }

  /// For a person, as in "the backups are …".
  public var words: String {
    switch self {
    case .good: "good"
    case .accepted: "accepted"
    case .inDoubt: "in doubt"
    case .failing: "failing"
    case .overdue: "overdue"
    }
  }
}
