public import PoseCore

/// What a storage's tests supply so that ``RunStoreContract`` can try its runs; new and empty for each check.
public protocol RunStoreFixture: Sendable {
  /// Opens the storage; called again, it first closes what was opened before, as a restart would.
  func openRuns() async throws -> any RunStore

  /// Opens the same storage once more, as another process or server beside the first one does.
  func openRunsBeside() async throws -> any RunStore

  /// Makes the database fail under its users.
  func breakDown() async throws
}

/// What every ``RunStore`` must do.
public enum RunStoreContract {
  public typealias Check = StorageCheck<any RunStoreFixture>

  public static var checks: [Check] {
    restores + beginning + running + ending + silence + mail + mailOfTwoServers + mailOfRuns + sweeps + keeping + faults
  }

  static let sweeps: [Check] = [
    Check("of all servers one may sweep, once a day") { fixture in
      let runs = try await fixture.openRuns()
      let beside = try await fixture.openRunsBeside()
      let day: Int64 = 86_400
      let now = 20_000 * day
      let claims = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<16 { group.addTask { try await (number % 2 == 0 ? runs : beside).claimSweep(at: now) } }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      try requireEqual(claims, 1, "claims at once")
      try requireEqual(try await beside.claimSweep(at: now + day - 1), false, "a second before the day is over")
      try requireEqual(try await beside.claimSweep(at: now + day), true, "a day later")
      try requireEqual(try await runs.claimSweep(at: now + day), false, "by the other, too")
      try requireEqual(try await runs.claimSweep(at: now - 300 * day), true, "after a clock that was far ahead")
    }
  ]

  static let faults: [Check] = [
    Check("a database that fails is not taken for an empty one") { fixture in
      let runs = try await fixture.openRuns()
      let run = try await runs.begin(Sample.origin(at: 1000))
      try await fixture.breakDown()
      let calls: [(String, @Sendable () async throws -> Void)] = [
        ("restoreMark", { _ = try await runs.restoreMark() }),
        ("setRestoreMark", { _ = try await runs.setRestoreMark(Sample.mark(1), replacing: nil, at: 1) }),
        ("beginBackup", { _ = try await runs.beginBackup(Sample.origin(at: 1001)) }),
        ("heartbeat", { _ = try await runs.heartbeat(run.id, phase: "rows", progress: 0, at: 1) }),
        ("finishBackup", { _ = try await runs.finishBackup(run.id, Sample.proven(at: 1), mail: nil) }),
        ("failSilentBackups", { _ = try await runs.failSilentBackups(at: 9000) { _ in nil } }),
        ("backup", { _ = try await runs.backup(run.id) }),
        ("latestProvenBackup", { _ = try await runs.latestProvenBackup() }),
        ("enqueue", { _ = try await runs.enqueue(Sample.mail("a", dueAt: 1)) }),
        ("takeMail", { _ = try await runs.takeMail(at: 1, host: "a", lease: 1) }),
        ("claimSweep", { _ = try await runs.claimSweep(at: 1) }),
        ("isRestoringOrBackingUp", { _ = try await runs.isRestoringOrBackingUp(at: 1) }),
      ]
      for (name, call) in calls { try await requireError(.storageUnavailable, name, call) }
    }
  ]
}
