import PoseCore
import Synchronization

/// How the making of an archive ended.
enum RunOutcome: Sendable {
  case proven(BackupArchive)
  /// - Parameter isRepeated: whether it is left to the next ``BackupRunner/cleanUp()`` to tell of it, and to the schedule
  ///   to make it again.
  case failed(_ message: String, isRepeated: Bool, cause: (any Error)? = nil)
}

extension BackupRunner {
  /// Stores the end of a run with its mail, both at once; tries again for a while where the database doesn't answer.
  func end(_ run: BackupRun, as outcome: RunOutcome, beating pulse: RunPulse) async -> EndedRun {
    let deadline = EndDeadline(pace)
    if Task.isCancelled { deadline.hurry() }
    return await withTaskCancellationHandler {
      // in a task of its own: a run that was interrupted must be told of, too
      await Task { await end(run, as: outcome, beating: pulse, until: deadline) }.value
    } onCancel: {
      deadline.hurry()
    }
  }

  private func end(
    _ run: BackupRun, as outcome: RunOutcome, beating pulse: RunPulse, until deadline: EndDeadline
  ) async -> EndedRun {
    let now = clock()
    while true {
      do {
        // so that the stored run tells where it ended
        _ = try await pulse.beatOnce()
        return try await store(run, outcome, at: now)
      } catch {
        guard !deadline.hasPassed else {
          let reason = (error as? PoseVaultError)?.message ?? "\(error)"
          return EndedRun(
            run: run, troubles: ["\(outcome.line) This could not be stored: \(reason)"], cause: outcome.cause ?? error)
        }
        try? await Task.sleep(for: pace.endingPause)
      }
    }
  }

  private func store(_ run: BackupRun, _ outcome: RunOutcome, at now: Int64) async throws -> EndedRun {
    let lastProven = try await runs.latestProvenBackup()
    // an answer that was lost leaves the end stored
    if let lastProven, lastProven.id == run.id { return EndedRun(run: lastProven) }
    var ended = run
    ended.state = try await state(of: run, outcome, at: now)
    let beyond = await troublesBeyond(ended)
    let mail = outcome.isRepeated ? nil : mail(ended, lastProven, beyond)
    if try await runs.finishBackup(run.id, ended.state, mail: mail) {
      if mail != nil, !beyond.isEmpty { try? await noteTold(beyond) }
      return EndedRun(run: try await runs.backup(run.id) ?? ended, cause: outcome.cause)
    }
    return EndedRun(
      run: try await runs.backup(run.id) ?? run.abandoned(at: now),
      troubles: ["\(outcome.line) But the run sent no heartbeat for too long; another process has ended it."],
      cause: outcome.cause)
  }

  /// What is wrong beside a run that has just been proven; nothing where that can't be told now.
  func troublesBeyond(_ ended: BackupRun) async -> [String] {
    guard ended.archive != nil, var history = try? await history() else { return [] }
    history.latest = ended
    history.latestEnded = ended
    history.lastProven = ended
    if ended.origin.claim != nil { history.lastScheduled = ended }
    return BackupStanding(history, rules, at: clock()).alerts
  }

  /// Notes that what no run tells of has been told, so that no mail of its own repeats it at once.
  private func noteTold(_ lines: [String]) async throws {
    let told = try await runs.fact(FactName.alert)
    _ = try await runs.replaceFact(FactName.alert, told, with: ToldAlert(lines, at: clock()).text)
  }

  private func state(of run: BackupRun, _ outcome: RunOutcome, at now: Int64) async throws -> BackupRun.State {
    switch outcome {
    case .failed(let message, let isRepeated, _): .failed(message: message, isRepeated: isRepeated, at: now)
    case .proven(let archive): .proven(try await judged(archive, of: run, at: now), at: now)
    }
  }

  /// The archive with what is doubtful about it, and with what will become of older ones.
  func judged(_ archive: BackupArchive, of run: BackupRun, at now: Int64) async throws -> BackupArchive {
    var archive = archive
    let recorded = try await KeptArchives(runs: runs, files: files, host: host).loadAll(at: now)
    let kept = recorded.kept
    archive = try await judged(archive, after: recorded, at: now)
    if let last = recorded.lastGood, kept.isEmpty {
      archive.warnings.append(
        "No earlier archive is there any more; the last one was \(last.archive.path). If they lie elsewhere, "
          + "bring them back and run `posevault backup adopt`.")
    }
    if let salvage = try await SalvageNote.standing(in: runs) {
      archive.doubts.append(salvage.line)
      // what a person accepted was said of other losses
      archive.acceptedAt = nil
      archive.isAcceptanceCarried = false
    }
    guard !archive.isInDoubt else { return archive }
    var ended = run
    ended.state = .proven(archive, at: now)
    archive.warnings += try await Retention(self).announcement(with: KeptArchive(run: ended, archive: archive))
    archive.warnings += try await forecast(kept, archive)
    return archive
  }

  /// The archive with what is doubtful about it, compared with those before it.
  func judged(_ archive: BackupArchive, after recorded: RecordedArchives, at now: Int64) async throws -> BackupArchive {
    var archive = archive
    var lacking: Int?
    if let good = recorded.goodBeforeDoubt(at: now) {
      // one that is on another machine, or gone, is compared by its counts
      lacking = try await files.run { [archive] in try? archive.lacking(of: good.archive) }
    }
    ArchiveJudge(recorded, lacking: lacking, at: now).judge(&archive)
    // known of a fresh one alone, and not stored
    archive.unnamed = []
    archive.namedPictures = nil
    return archive
  }

  /// Says days ahead that the disk of the archives will be full, from how the last archives have grown.
  private func forecast(_ kept: [KeptArchive], _ archive: BackupArchive) async throws -> [String] {
    // what packs take grows with what is new, and not with the archives' sizes
    guard rules.repository == nil else { return [] }
    let folder = BackupFolder(path: rules.folder)
    guard let free = try? await files.run({ Int64(try folder.usableSpace()) }) else { return [] }
    let days = DiskForecast(kept.filter(\.isHere), newest: archive.size, at: clock()).daysLeft(free: free)
    guard let days, days <= DiskForecast.warnedDays else { return [] }
    return [
      "The disk of BACKUP_DIR will be full in about \(Count.text(days, "day")) if the backups keep growing at this "
        + "rate; older archives are then removed early. With BACKUP_REPOSITORY, each backup stores only what is new."
    ]
  }
}

extension RunOutcome {
  fileprivate var line: String {
    switch self {
    case .proven(let archive): "The backup \(archive.path) is proven."
    case .failed(let message, _, _): message
    }
  }

  fileprivate var isRepeated: Bool {
    if case .failed(_, isRepeated: true, _) = self { true } else { false }
  }

  fileprivate var cause: (any Error)? {
    if case .failed(_, _, let cause) = self { cause } else { nil }
  }
}

/// When the disk of the archives will be full.
struct DiskForecast: Sendable {
  static let warnedDays = 7
  /// By how many bytes the archives together grow in a day.
  private let growth: Int64

  /// - Parameters:
  ///   - kept: the archives that are on the disk, the newest first, without the newest one.
  ///   - newest: the size of the archive that was made at `now`.
  init(_ kept: [KeptArchive], newest: Int64, at now: Int64) {
    // what a fortnight has added, less what was removed in it, is not known; what is there of it is
    let recent = kept.filter { now - $0.moment <= Self.span && !$0.isFromFuture(at: now) }
    guard let oldest = recent.min(by: { $0.moment < $1.moment }), now - oldest.moment >= 86_400 else {
      growth = 0
      return
    }
    let days = max((now - oldest.moment) / 86_400, 1)
    growth = recent.reduce(newest - oldest.archive.size) { $0 + $1.archive.size } / days
  }

  /// nil where it doesn't grow, or nothing is known.
  func daysLeft(free: Int64) -> Int? {
    growth > 0 ? Int(free / growth) : nil
  }

  private static let span: Int64 = 14 * 86_400
}

/// Until when it is tried to store a run's end.
private final class EndDeadline: Sendable {
  private let moment: Mutex<ContinuousClock.Instant>
  private let parting: Duration

  init(_ pace: RunPace) {
    moment = Mutex(.now + pace.endingPatience)
    parting = pace.partingPatience
  }

  var hasPassed: Bool { moment.withLock { $0 <= .now } }

  /// The program was told to end.
  func hurry() {
    moment.withLock { $0 = min($0, .now + parting) }
  }
}
