import PoseCore
import Synchronization

/// How often a run reports, and how long it waits.
struct RunPace: Sendable {
  /// Between two heartbeats while something has changed.
  var busy = Duration.seconds(2)
  /// How many of these pass before a heartbeat without news.
  var idle = 10
  /// How long a copy may make no progress before it is abandoned. Writing out what the system still has in memory takes
  /// minutes.
  var copyPatience = Duration.seconds(1800)
  /// As long as others would wait for a heartbeat: after that they end the run.
  var endingPatience = Duration.seconds(BackupRun.silenceLimit)
  /// The same once the program has been told to stop.
  var partingPatience = Duration.seconds(5)
  var endingPause = Duration.seconds(1)
}

/// Reports to the ``RunStore`` that a run is alive, and its progress.
final class RunPulse: Sendable {
  /// The run counts as ended, and must stop.
  struct Lost: Error {}

  private struct State: Hashable {
    var phase = BackupPhase.rows
    /// In thousandths of the run.
    var progress = 0
  }

  private let runs: any BackupRuns
  private let id: Int
  private let pace: RunPace
  private let clock: @Sendable () -> Int64
  private let state = Mutex(State())

  init(runs: any BackupRuns, id: Int, pace: RunPace, clock: @escaping @Sendable () -> Int64) {
    self.runs = runs
    self.id = id
    self.pace = pace
    self.clock = clock
  }

  /// - Parameter progress: of the phase, 0…1.
  func note(_ phase: BackupPhase, _ progress: Double) {
    let part = phase.part
    let whole = part.lowerBound + (part.upperBound - part.lowerBound) * min(max(progress, 0), 1)
    state.withLock { $0 = State(phase: phase, progress: Int(whole * 1000)) }
  }

  /// Runs `body` and reports meanwhile; throws ``Lost``, and cancels `body`, once the run counts as ended.
  func whileBeating<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await self.beat()
        return nil
      }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }

  /// Whether the run may continue.
  func beatOnce() async throws -> Bool {
    try await beat(state.withLock { $0 })
  }

  private func beat(_ state: State) async throws -> Bool {
    try await runs.heartbeat(id, phase: state.phase.rawValue, progress: Double(state.progress) / 1000, at: clock())
  }

  /// Ends only by throwing, or by returning when the task is cancelled.
  private func beat() async throws {
    var told = State?.none
    var silent = 0
    while !Task.isCancelled {
      let now = state.withLock { $0 }
      if now != told || silent >= pace.idle {
        do {
          guard try await beat(now) else { throw Lost() }
          told = now
          silent = 0
        } catch is PoseVaultError {
          // the next one may arrive; whether the run may go on, the stores themselves show
        }
      }
      silent += 1
      try? await Task.sleep(for: pace.busy)
    }
  }
}

extension BackupPhase {
  /// The phase's share of a run, as measured with pictures of 200 KB each.
  fileprivate var part: ClosedRange<Double> {
    switch self {
    case .rows: 0...0.05
    case .pictures: 0.05...0.55
    case .dump: 0.55...0.65
    case .proof: 0.65...0.95
    case .copy: 0.95...1
    }
  }
}
