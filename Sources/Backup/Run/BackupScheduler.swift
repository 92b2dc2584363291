import PoseCore
public import ServiceLifecycle

/// Starts the runs that the schedule asks for, on one of all servers, and ends those whose process died.
///
/// It checks at least every half minute, so that changed clocks and machines that slept don't matter.
public struct BackupScheduler: Service, CustomStringConvertible {
  public let description = "backup scheduler"
  let desk: BackupDesk

  public init(_ desk: BackupDesk) {
    self.desk = desk
  }

  public func run() async throws {
    await cancelWhenGracefulShutdown {
      var isFailing = false
      var watch = ClockWatch(at: desk.runner.clock())
      while !Task.isCancelled {
        var pause = Self.longestPause
        do {
          // a run that goes on seems silent until it has told so by the clock that was set
          if !watch.wasSet(at: desk.runner.clock()) { pause = try await look() }
          isFailing = false
        } catch is CancellationError {
          break
        } catch {
          if !isFailing { desk.tell(.failing(error)) }
          isFailing = true
        }
        try? await Task.sleep(for: .seconds(pause))
      }
    }
    await desk.shutDown()
  }

  /// Does what is due now, and returns after how many seconds to check again.
  func look() async throws -> Int64 {
    let now = desk.runner.clock()
    try await desk.cleanUp()
    let pause = try await followSchedule(at: now)
    // a machine that was off begins what is overdue, and that needs no alarm
    try await desk.alert()
    return pause
  }

  private func followSchedule(at now: Int64) async throws -> Int64 {
    let runner = desk.runner
    let newest = try await runner.runs.latestScheduledBackup()
    // one that lies in the future is of a clock that was wrong
    let latest = newest.flatMap { ($0.origin.claim?.dueAt ?? .min) <= now + 86_400 ? $0 : nil }
    let rules = runner.rules
    let since = try await runner.knownSince(at: now, startedAt: desk.startedAt)
    switch rules.schedule.step(at: now, in: rules.zone, latest: latest, since: since) {
    case .run(let claim):
      try await desk.beginDue(claim, after: newest)
      return Self.shortPause
    case .wait(let due):
      return min(max((due ?? .max) - now, 1), Self.longestPause)
    }
  }

  /// In seconds.
  private static let longestPause: Int64 = 30
  /// After a run was started, or could not be because another one is in progress.
  private static let shortPause: Int64 = 5
}
