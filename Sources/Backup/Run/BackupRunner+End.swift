import PoseCore
import Synchronization

/// How the making of an archive ended.
enum RunOutcome: Sendable {
  case proven(BackupArchive)
  /// - Parameter isAbandoned: whether it is left to the next ``BackupRunner/cleanUp()`` to tell of it.
  case failed(_ message: String, isAbandoned: Bool)

  /// - Parameter last: the proven run before.
  func state(after last: BackupRun?, at now: Int64) -> BackupRun.State {
    switch self {
    case .failed(let message, let isAbandoned): return .failed(message: message, isAbandoned: isAbandoned, at: now)
    case .proven(var archive):
      archive.isShrunk = archive.counts.poses == 0
      if case .proven(let before, _) = last?.state {
        archive.isShrunk = archive.isShrunk || archive.counts.poses * 2 < before.counts.poses
      }
      return .proven(archive, at: now)
    }
  }
}

extension BackupRunner {
  /// Stores the end of a run with its mail, both at once; tries again for a while where the database doesn't answer.
  func end(_ run: BackupRun, _ outcome: RunOutcome, _ pulse: RunPulse) async -> EndedRun {
    let deadline = EndDeadline(pace)
    if Task.isCancelled { deadline.hurry() }
    return await withTaskCancellationHandler {
      // in a task of its own: a run that was broken off must be told of, too
      await Task { await end(run, outcome, pulse, until: deadline) }.value
    } onCancel: {
      deadline.hurry()
    }
  }

  private func end(
    _ run: BackupRun, _ outcome: RunOutcome, _ pulse: RunPulse, until deadline: EndDeadline
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
          return EndedRun(run: run, troubles: ["\(outcome.line) This could not be stored: \(reason)"])
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
    ended.state = outcome.state(after: lastProven, at: now)
    if try await runs.finishBackup(run.id, ended.state, mail: outcome.isAbandoned ? nil : mail(ended, lastProven)) {
      return EndedRun(run: try await runs.backup(run.id) ?? ended)
    }
    return EndedRun(
      run: try await runs.backup(run.id) ?? run.abandoned(at: now),
      troubles: ["\(outcome.line) But the run was silent for too long; another process has ended it."])
  }
}

extension RunOutcome {
  fileprivate var line: String {
    switch self {
    case .proven(let archive): "The backup \(archive.path) is proven."
    case .failed(let message, _): message
    }
  }

  fileprivate var isAbandoned: Bool {
    if case .failed(_, isAbandoned: true) = self { true } else { false }
  }
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
