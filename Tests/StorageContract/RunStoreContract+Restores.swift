import PoseCore

extension RunStoreContract {
  static let restores: [Check] = [
    Check("a restore's mark is found as it was set, by others and after a restart, until it is removed") { fixture in
      var runs = try await fixture.openRuns()
      try requireEqual(try await runs.restoreMark(), nil, "mark before any restore")
      let mark = Sample.mark(1)
      try requireEqual(try await runs.setRestoreMark(mark, replacing: nil, at: 100), .admitted, "first restore")
      try requireEqual(try await fixture.openRunsBeside().restoreMark(), mark, "mark seen beside")
      runs = try await fixture.openRuns()
      try requireEqual(try await runs.restoreMark(), mark, "mark after a restart")
      try require(try await runs.isRestoringOrBackingUp(at: 1_000_000), "the sweep is not held back")
      try require(try await !runs.removeRestoreMark(Sample.mark(2)), "another restore's mark was removed")
      try require(try await runs.removeRestoreMark(mark), "the mark was not removed")
      try require(try await !runs.removeRestoreMark(mark), "the mark was removed twice")
      try requireEqual(try await runs.restoreMark(), nil, "mark at the end")
      try require(try await !runs.isRestoringOrBackingUp(at: 100), "the sweep is held back")
    },

    Check("a restore is refused while another one's mark stands, and may take over the one it names") { fixture in
      let runs = try await fixture.openRuns()
      let (first, second, third) = (Sample.mark(1), Sample.mark(2, host: "beta"), Sample.mark(3))
      _ = try await runs.setRestoreMark(first, replacing: nil, at: 100)
      try requireEqual(
        try await runs.setRestoreMark(second, replacing: nil, at: 100), .standing(first), "a second restore")
      try requireEqual(try await runs.setRestoreMark(first, replacing: nil, at: 100), .admitted, "the first, repeated")
      try requireEqual(try await runs.setRestoreMark(second, replacing: first, at: 100), .admitted, "a take-over")
      try requireEqual(
        try await runs.setRestoreMark(third, replacing: first, at: 100), .standing(second), "a late take-over")
      let later = Sample.mark(2, host: "beta", heartbeatAt: 160)
      try requireEqual(try await runs.setRestoreMark(later, replacing: second, at: 160), .admitted, "a heartbeat")
      try requireEqual(try await runs.restoreMark(), later, "the mark after the heartbeat")
      let late = Sample.mark(1, heartbeatAt: 160)
      try requireEqual(
        try await runs.setRestoreMark(late, replacing: first, at: 160), .standing(later), "the replaced one's heartbeat"
      )
    },

    Check("of many restores at once exactly one is admitted") { fixture in
      let stores = [try await fixture.openRuns(), try await fixture.openRunsBeside()]
      let admitted = try await withThrowingTaskGroup(of: RestoreAdmission.self) { group in
        for pid in 0..<20 {
          group.addTask { try await stores[pid % 2].setRestoreMark(Sample.mark(pid), replacing: nil, at: 100) }
        }
        return try await group.reduce(into: 0) { $0 += $1 == .admitted ? 1 : 0 }
      }
      try requireEqual(admitted, 1, "restores admitted")
    },

    Check("a restore and a backup exclude each other") { fixture in
      let runs = try await fixture.openRuns()
      let run = try await runs.begin(Sample.origin(at: 1000))
      try requireEqual(
        try await runs.setRestoreMark(Sample.mark(1), replacing: nil, at: 1100), .backup(run), "during a backup")
      try requireEqual(try await runs.restoreMark(), nil, "mark")
      _ = try await runs.finishBackup(run.id, Sample.proven(at: 1200), mail: nil)
      try requireEqual(
        try await runs.setRestoreMark(Sample.mark(1), replacing: nil, at: 1300), .admitted, "after the backup")
      try requireEqual(
        try await runs.beginBackup(Sample.origin(at: 1400)), .restoring(Sample.mark(1)), "backup during a restore")
      _ = try await runs.removeRestoreMark(Sample.mark(1))
      _ = try await runs.begin(Sample.origin(at: 1500))
      try requireEqual(
        try await runs.setRestoreMark(Sample.mark(1), replacing: nil, at: 2100), .admitted, "beside a silent backup")
    },
  ]
}
