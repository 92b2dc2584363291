public import PoseCore

extension BackupDesk {
  public func status() async throws -> BackupStatus {
    let (runs, rules, now) = (runner.runs, runner.rules, runner.clock())
    var history = try await runner.history(since: startedAt)
    history.obstacles = obstacles
    let standing = BackupStanding(history, rules, at: now)
    let unsent = try await runs.unsentMail(limit: 100)
    return BackupStatus(
      nextRun: rules.schedule.nextRun(after: now, in: rules.zone), latest: history.latest,
      lastProven: history.lastProven, unsentMail: unsent, state: standing.state,
      troubles: standing.troubles + troubles + Self.troubles(unsent))
  }

  /// Sends a mail of what no run's mail tells of: at once where it is new, else once a day.
  ///
  /// Of several servers one sends it.
  func alert() async throws {
    // what a restore fills is not written to by others
    guard try await runner.runs.restoreMark() == nil else { return }
    var history = try await runner.history(since: startedAt, isPreparing: true)
    history.obstacles = obstacles
    let now = runner.clock()
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
    guard let ping = runner.ping else { return }
    // that nobody hears it shows by itself: the next good backup calls, too
    try? await ping(false)
  }

  private static func troubles(_ unsent: [QueuedMail]) -> [String] {
    let failed = unsent.filter { $0.failure != nil }
    guard let last = failed.last, let failure = last.failure else { return [] }
    return ["Mail can't be sent (\(failed.count) in the queue): \(failure)"]
  }
}
