import PoseCore

/// A restore's mark, from when it is set to when it is removed.
actor HeldMark {
  private let runs: any RestoreLock
  private let clock: @Sendable () -> Int64
  private var mark: RestoreMark
  /// What was to replace it; an answer that was lost leaves open whether it did.
  private var attempted: RestoreMark?
  /// Whether an earlier restore of the same archive had begun to write.
  nonisolated let isContinued: Bool

  /// Sets the mark, or takes over that of the same archive's restore that was interrupted.
  ///
  /// - Parameters:
  ///   - file: what names the archive and the stores; nil leaves what the standing mark has.
  ///   - mayTake: whether a mark whose restore had begun to write may be taken over.
  ///
  /// Throws `restoring` while another restore goes on or waits to be continued, `backupRunning` during a backup.
  init(
    of file: String?, origin: RestoreOrigin, target: RestoreTarget, clock: @escaping @Sendable () -> Int64,
    mayTake: (RestoreMark) -> Bool
  ) async throws {
    let now = clock()
    let runs = target.runs
    let standing = try await runs.restoreMark()
    if let standing {
      guard target.isExclusive || !origin.mayStillRun(standing, at: now) else { throw Self.underWay(standing) }
      guard !standing.hasBegun || mayTake(standing) else { throw Self.unfinished(standing) }
      if !target.isExclusive, !origin.isKnownDead(standing) {
        // by the clocks it is silent, but these may differ
        try await Task.sleep(for: Self.interval * 2.5)
        guard try await runs.restoreMark() == standing else { throw Self.underWay(standing) }
      }
    }
    self.runs = runs
    self.clock = clock
    isContinued = standing?.hasBegun ?? false
    let since = isContinued ? standing?.since ?? now : now
    mark = RestoreMark(
      host: origin.host, pid: origin.pid, since: since, heartbeatAt: isContinued ? max(now, since + 1) : since,
      file: file ?? standing?.file ?? "")
    try await set(mark, replacing: standing)
  }

  /// Runs `body` and renews the mark meanwhile; cancels `body` when another restore has taken over.
  nonisolated func whileHeld(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask(operation: body)
      group.addTask {
        while true {
          try await Task.sleep(for: Self.interval)
          do {
            try await self.renew()
          } catch let error as PoseVaultError where error.code == .storageUnavailable {
            // what is under way finds out by itself whether it can go on
            continue
          }
        }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// From the first call on the mark says that its restore has begun.
  func renew() async throws {
    guard let standing = try await runs.restoreMark(), standing == mark || standing == attempted else {
      throw Self.lost
    }
    mark = standing
    var renewed = mark
    renewed.heartbeatAt = max(clock(), mark.since + 1)
    attempted = renewed
    try await set(renewed, replacing: mark)
    mark = renewed
  }

  func remove() async throws {
    if try await runs.removeRestoreMark(mark) { return }
    guard let attempted, try await runs.removeRestoreMark(attempted) else { throw Self.lost }
  }

  private func set(_ mark: RestoreMark, replacing standing: RestoreMark?) async throws {
    switch try await runs.setRestoreMark(mark, replacing: standing, at: clock()) {
    case .admitted: return
    case .standing(let other): throw Self.underWay(other)
    case .backup(let run):
      throw PoseVaultError(
        .backupRunning, "A backup is under way on \(run.origin.host); start the restore when it has finished.")
    }
  }

  private static func underWay(_ mark: RestoreMark) -> PoseVaultError {
    PoseVaultError(
      .restoring,
      "A restore of \(mark.file) is under way on \(mark.host) (process \(mark.pid)); wait until it has finished.")
  }

  private static func unfinished(_ mark: RestoreMark) -> PoseVaultError {
    PoseVaultError(
      .restoring,
      "There is an unfinished restore of \(mark.file). Run it again with the same archive and the same stores to "
        + "finish it, or undo it with `posevault backup restore --discard`.")
  }

  private static let lost = PoseVaultError(
    .restoring, "Another restore has taken over or discarded this one, which stops now.")
  private static let interval = Duration.seconds(10)
}
