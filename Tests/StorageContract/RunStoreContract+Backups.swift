import PoseCore

extension RunStoreContract {
  static let beginning: [Check] = [
    Check("a run is found as it was begun, by others and after a restart") { fixture in
      var runs = try await fixture.openRuns()
      try requireEqual(try await runs.backups(before: nil, limit: 10), [], "runs of none")
      try requireEqual(try await runs.backup(1), nil, "a run of none")
      for origin in [Sample.origin(at: 1000, due: 990), Sample.origin(at: 1000)] {
        let run = try await runs.begin(origin)
        try requireEqual(
          run,
          BackupRun(id: run.id, origin: origin, heartbeatAt: 1000, phase: "", progress: 0, state: .running), "new run")
        try requireEqual(try await fixture.openRunsBeside().backup(run.id), run, "run seen beside")
        runs = try await fixture.openRuns()
        try requireEqual(try await runs.backup(run.id), run, "run after a restart")
        try require(try await runs.isRestoringOrBackingUp(at: 1000), "the sweep is not held back")
        _ = try await runs.finishBackup(run.id, Sample.proven(at: 1000), mail: nil)
        try require(try await !runs.isRestoringOrBackingUp(at: 1000), "the sweep is held back")
      }
    },

    Check("a run is refused while another one is under way, and told which") { fixture in
      let runs = try await fixture.openRuns()
      let run = try await runs.begin(Sample.origin(at: 1000))
      for origin in [Sample.origin(host: "beta", at: 1001), Sample.origin(at: 1599, due: 1599)] {
        try requireEqual(try await runs.beginBackup(origin), .running(run), "second run")
      }
      _ = try await runs.finishBackup(run.id, Sample.failed("disk full", at: 1600), mail: nil)
      _ = try await runs.begin(Sample.origin(at: 1600, due: 1599))
    },

    Check("of many runs at once exactly one begins, on one server or two") { fixture in
      let stores = [try await fixture.openRuns(), try await fixture.openRunsBeside()]
      for round in 0..<5 {
        let begun = try await withThrowingTaskGroup(of: BackupRun?.self) { group in
          for number in 0..<12 {
            group.addTask {
              let origin = Sample.origin(host: "host \(number)", at: 1000, due: number % 3 == 0 ? nil : Int64(round))
              guard case .begun(let run) = try await stores[number % 2].beginBackup(origin) else { return nil }
              return run
            }
          }
          return try await group.reduce(into: [BackupRun]()) { begun, run in
            if let run { begun.append(run) }
          }
        }
        try requireEqual(begun.count, 1, "runs begun in round \(round)")
        try require(
          try await stores[1].finishBackup(begun[0].id, Sample.proven(at: 1000), mail: nil), "the run can't be ended")
      }
      try requireEqual(try await stores[0].backups(before: nil, limit: 100).count, 5, "runs")
    },

    Check("a due time is run once, however the run ended, and again only as another attempt") { fixture in
      let runs = try await fixture.openRuns()
      let beside = try await fixture.openRunsBeside()
      var due: Int64 = 500
      for state in [Sample.proven(at: 1100), Sample.failed("no", at: 1100)] {
        due += 100
        let run = try await runs.run(Sample.origin(at: 1000, due: due), state)
        try requireEqual(
          try await beside.beginBackup(Sample.origin(host: "beta", at: 1200, due: due)), .claimed(run), "second claim")
        try await beside.run(Sample.origin(host: "beta", at: 1300, due: due, attempt: 2), state)
      }
      try await runs.run(Sample.origin(at: 1400), Sample.proven(at: 1500))
      try await runs.run(Sample.origin(at: 1400), Sample.proven(at: 1500))
    },
  ]

  static let running: [Check] = [
    Check("a heartbeat tells phase and progress of a run under way, and of no other") { fixture in
      let runs = try await fixture.openRuns()
      let ended = try await runs.run(Sample.origin(at: 900), Sample.proven(at: 950))
      var run = try await runs.begin(Sample.origin(at: 1000))
      for (phase, progress, time) in [("rows", 0.125, 1010), ("rows", 0.125, 1010), ("Bilder ü", 1, 1005)]
        as [(String, Double, Int64)]
      {
        try require(
          try await runs.heartbeat(run.id, phase: phase, progress: progress, at: time), "a heartbeat is refused")
        (run.phase, run.progress, run.heartbeatAt) = (phase, progress, time)
        try requireEqual(try await runs.backup(run.id), run, "run after its heartbeat")
      }
      for id in [ended.id, run.id + 1, -1] {
        try require(try await !runs.heartbeat(id, phase: "x", progress: 0, at: 2000), "a heartbeat of run \(id)")
      }
      try requireEqual(try await runs.backup(ended.id), ended, "the ended run")
    },

    Check("runs are listed by descending id, page by page") { fixture in
      let runs = try await fixture.openRuns()
      var expected: [BackupRun] = []
      for number in 0..<7 {
        expected.insert(try await runs.run(Sample.origin(at: 1000), Sample.proven(at: Int64(number))), at: 0)
      }
      try requireEqual(try await runs.backups(before: nil, limit: 100), expected, "all")
      try requireEqual(try await runs.backups(before: nil, limit: 3), Array(expected[..<3]), "first page")
      try requireEqual(
        try await runs.backups(before: expected[2].id, limit: 3), Array(expected[3..<6]), "second page")
      try requireEqual(try await runs.backups(before: expected[6].id, limit: 3), [], "after the last")
      try requireEqual(try await runs.backups(before: nil, limit: 0), [], "none")
    },
  ]
}
