public import PoseCore

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
      obstacles.insert("The database of the poses can't be used, so that no backup can be made.", at: 0)
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

  /// Sends a mail of what no run's mail tells of: at once where it is new, else once a day.
  ///
  /// Of several servers one sends it.
  func alert() async throws {
    // what a restore fills is not written to by others
    guard try await runner.runs.restoreMark() == nil else { return }
    let history = try await runner.history(since: startedAt, isPreparing: true)
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
    return isThere == nil ? "The store of the pictures can't be used, so that no backup can be made." : nil
  }
}
