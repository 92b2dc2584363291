import PoseCore
import Synchronization

extension RunStoreContract {
  static let ending: [Check] = [
    Check("a run ends once, and keeps how it ended") { fixture in
      var runs = try await fixture.openRuns()
      let warnings = ["picture 65a1 is lost", "table 'users' is not included ü", String(repeating: "w", count: 9000)]
      let states: [BackupRun.State] = [
        Sample.proven(at: 2000), .proven(Sample.archive(poses: 0, isShrunk: true, warnings: warnings), at: 2001),
        Sample.failed("the disk is full ü", at: 2002),
      ]
      for state in states {
        let run = try await runs.run(Sample.origin(at: 1000), state)
        try requireEqual(try await runs.backup(run.id), run, "ended run")
        try require(try await runs.finishBackup(run.id, state, mail: nil), "the same end, told again")
        let other = Sample.failed("other", at: 9)
        try require(try await !runs.finishBackup(run.id, other, mail: Sample.mail("x", dueAt: 1)), "another end")
        runs = try await fixture.openRuns()
        try requireEqual(try await runs.backup(run.id), run, "ended run after a restart")
      }
      try require(try await !runs.finishBackup(9_999_999, states[0], mail: nil), "the end of no run")
      try requireEqual(try await runs.unsentMail(limit: 10), [], "mail")
    },

    Check("the latest proven and the latest scheduled runs are found among others") { fixture in
      let runs = try await fixture.openRuns()
      try requireEqual(try await runs.latestProvenBackup(), nil, "proven of none")
      try requireEqual(try await runs.latestScheduledBackup(), nil, "scheduled of none")
      try await runs.run(Sample.origin(at: 1, due: 300), Sample.failed("no", at: 2))
      try requireEqual(try await runs.latestProvenBackup(), nil, "proven of failed ones")
      try await runs.run(Sample.origin(at: 3), Sample.proven(at: 4))
      let proven = try await runs.run(Sample.origin(at: 1, due: 200), Sample.proven(at: 2))
      try await runs.run(Sample.origin(at: 7, due: 100, attempt: 3), Sample.failed("no", at: 8))
      let second = try await runs.run(Sample.origin(at: 5, due: 300, attempt: 2), Sample.failed("no", at: 6))
      _ = try await runs.begin(Sample.origin(at: 9))
      try requireEqual(try await runs.latestProvenBackup(), proven, "latest proven")
      try requireEqual(try await runs.latestScheduledBackup(), second, "latest scheduled")
    },
  ]

  static let silence: [Check] = [
    Check("a run without a heartbeat for ten minutes has failed, and one call among all servers is told") { fixture in
      let stores = [try await fixture.openRuns(), try await fixture.openRunsBeside()]
      let runs = stores[0]
      var run = try await runs.begin(Sample.origin(at: 1000, due: 1000))
      _ = try await runs.heartbeat(run.id, phase: "rows", progress: 0.5, at: 1300)
      (run.phase, run.progress, run.heartbeatAt) = ("rows", 0.5, 1300)
      try requireEqual(try await runs.failSilentBackups(at: 1899) { _ in nil }, [], "abandoned after 599 seconds")
      try require(try await runs.isRestoringOrBackingUp(at: 1899), "the sweep is not held back")
      try require(try await !runs.isRestoringOrBackingUp(at: 1900), "the sweep is held back")
      let told = try await withThrowingTaskGroup(of: [BackupRun].self) { group in
        for number in 0..<8 {
          group.addTask { try await stores[number % 2].failSilentBackups(at: 1900) { _ in nil } }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      try requireEqual(told, [run.abandoned(at: 1900)], "runs told of")
      try requireEqual(try await runs.backup(run.id), told.first, "the run")
      try require(try await !runs.heartbeat(run.id, phase: "x", progress: 1, at: 1901), "a heartbeat afterwards")
      try require(try await !runs.finishBackup(run.id, Sample.proven(at: 1901), mail: nil), "an end afterwards")
    },

    Check("a silent run does not stand in the way of the next one, and is told of afterwards") { fixture in
      let runs = try await fixture.openRuns()
      let silent = try await runs.begin(Sample.origin(at: 1000, due: 1000))
      let next = try await runs.begin(Sample.origin(host: "beta", at: 1600, due: 1000, attempt: 2))
      try require(try await !runs.heartbeat(silent.id, phase: "x", progress: 1, at: 1601), "the silent one goes on")
      try requireEqual(
        try await runs.failSilentBackups(at: 1700) { _ in nil }, [silent.abandoned(at: 1600)], "runs told of")
      try requireEqual(try await runs.failSilentBackups(at: 1700) { _ in nil }, [], "runs told of again")
      try requireEqual(try await runs.backup(next.id), next, "the next run")
    },

    Check("a run that could not begin is stored once, while another goes on, and told of once") { fixture in
      let stores = [try await fixture.openRuns(), try await fixture.openRunsBeside()]
      let other = try await stores[0].begin(Sample.origin(at: 1000))
      let missed = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<8 {
          group.addTask { try await stores[number % 2].missBackup(Sample.origin(at: 1100, due: 1050), "no ü") }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      try requireEqual(missed, 1, "calls that stored it")
      try require(try await !stores[0].missBackup(Sample.origin(at: 1100), "no"), "one without a claim")
      let latest = try await stores[0].latestScheduledBackup()
      try requireEqual(latest?.origin, Sample.origin(at: 1100, due: 1050), "its origin")
      try requireEqual(latest?.state, .failed(message: "no ü", isRepeated: true, at: 1100), "its state")
      var told = try await stores[1].failSilentBackups(at: 1200) { _ in Sample.mail("missed", dueAt: 1200) }
      try requireEqual(told, [latest].compactMap { $0 }, "runs told of")
      told = try await stores[0].failSilentBackups(at: 1200) { _ in Sample.mail("again", dueAt: 1200) }
      try requireEqual(told, [], "told again")
      try requireEqual(try await stores[0].unsentMail(limit: 9).map(\.mail.content), ["missed"], "mail")
      try requireEqual(try await stores[0].backup(other.id)?.state, .running, "the run under way")
      guard case .claimed = try await stores[0].beginBackup(Sample.origin(at: 1700, due: 1050)) else {
        throw ContractViolation("the missed claim can be had again", #line, #fileID)
      }
    },

    Check("a heartbeat in the far future is one of a wrong clock, and blocks nothing") { fixture in
      let runs = try await fixture.openRuns()
      let run = try await runs.begin(Sample.origin(at: 9_000_000))
      try requireEqual(
        try await runs.beginBackup(Sample.origin(at: 8_999_401)), .running(run), "run of a clock 599 seconds behind")
      _ = try await runs.begin(Sample.origin(at: 8_999_400))
    },
  ]
}
