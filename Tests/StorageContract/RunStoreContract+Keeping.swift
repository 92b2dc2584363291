import PoseCore

extension RunStoreContract {
  /// What is known beyond a run's end: who accepted it, archives that were taken on again, facts.
  static let keeping: [Check] = [
    Check("an archive is kept with all that is known of it") { fixture in
      let runs = try await fixture.openRuns()
      var archive = Sample.archive()
      archive.counts.damagedPictures = 2
      archive.counts.unreferencedPictures = 3
      archive.counts.pictureBytes = 5_000_000_000
      archive.lost = ["65f1a2b3c4d5e6f708192a3b", "it's \"no\" id \\ ü"]
      archive.damaged = ["65f1a2b3c4d5e6f708192a3c"]
      archive.doubts = ["It holds 2 poses.", "ü \"quoted\" \\ '"]
      let run = try await runs.run(Sample.origin(at: 1000), .proven(archive, at: 1010))
      try requireEqual(try await runs.backup(run.id)?.archive, archive, "as it was")
      let again = try await fixture.openRuns()
      try requireEqual(try await again.latestProvenBackup()?.archive, archive, "after a restart")
    },
    Check("a proven run is accepted once, and no other") { fixture in
      let runs = try await fixture.openRuns()
      let proven = try await runs.run(Sample.origin(at: 1000), Sample.proven(at: 1010))
      let failed = try await runs.run(Sample.origin(at: 2000), Sample.failed("no", at: 2010))
      try requireEqual(try await runs.acceptBackup(proven.id, at: 3000)?.archive?.acceptedAt, 3000, "accepted")
      let beside = try await fixture.openRunsBeside()
      try requireEqual(try await beside.acceptBackup(proven.id, at: 4000)?.archive?.acceptedAt, 3000, "again")
      try requireEqual(try await runs.acceptBackup(failed.id, at: 3000), nil, "a failed one")
      try requireEqual(try await runs.acceptBackup(99, at: 3000), nil, "none")
      try requireEqual(try await runs.backup(failed.id)?.state, failed.state, "is as it was")
    },
    Check("an archive is taken on once, and is not the latest where a run was proven") { fixture in
      let runs = try await fixture.openRuns()
      var archive = Sample.archive()
      archive.path = "/srv/first.zip"
      let adopted = try await runs.adoptBackup(Sample.origin(at: 500), archive, at: 510)
      try requireEqual(adopted?.archive, archive, "the archive")
      try requireEqual(adopted?.origin, Sample.origin(at: 500), "where it was made")
      try requireEqual(try await runs.latestProvenBackup()?.id, adopted?.id, "the only one")
      try requireEqual(try await runs.adoptBackup(Sample.origin(at: 500), archive, at: 510), nil, "again")
      let own = try await runs.run(Sample.origin(at: 1000), Sample.proven(at: 1010))
      archive.path = "/srv/second.zip"
      _ = try await runs.adoptBackup(Sample.origin(at: 400), archive, at: 410)
      try requireEqual(try await runs.latestProvenBackup()?.id, own.id, "the own one")
      try requireEqual(try await runs.backups(before: nil, limit: 9).count, 3, "all are listed")
    },
    Check("a run whose due time lies beyond the limit is passed over") { fixture in
      let runs = try await fixture.openRuns()
      let real = try await runs.run(Sample.origin(at: 1000, due: 1000), Sample.proven(at: 1010))
      let ahead = try await runs.run(Sample.origin(at: 9_000_000, due: 9_000_000), Sample.proven(at: 9_000_010))
      try requireEqual(try await runs.latestScheduledBackup(dueBy: 100_000)?.id, real.id, "by a clock that is right")
      try requireEqual(try await runs.latestScheduledBackup(dueBy: .max)?.id, ahead.id, "of all")
      let later = try await runs.run(Sample.origin(at: 900, due: 900), Sample.proven(at: 910))
      try requireEqual(try await runs.latestScheduledBackup(dueBy: .max)?.id, later.id, "the one begun last")
    },
    Check("facts are exchanged by compare and set, among servers, and survive a restart") { fixture in
      let runs = try await fixture.openRuns()
      let beside = try await fixture.openRunsBeside()
      try requireEqual(try await runs.fact("a"), nil, "at first")
      try requireEqual(try await runs.replaceFact("a", "x", with: "y"), false, "that isn't there")
      let won = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<16 {
          group.addTask { try await (number % 2 == 0 ? runs : beside).replaceFact("a", nil, with: "\(number)") }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      try requireEqual(won, 1, "at once")
      let value = try await runs.fact("a")
      try requireEqual(try await beside.fact("a"), value, "seen by the other")
      try requireEqual(try await beside.replaceFact("a", value, with: "ü 'x'\n2"), true, "replaced")
      try requireEqual(try await runs.replaceFact("a", value, with: "z"), false, "no longer")
      try requireEqual(try await runs.replaceFact("a", "ü 'x'\n2", with: "ü 'x'\n2"), true, "by itself")
      let again = try await fixture.openRuns()
      try requireEqual(try await again.fact("a"), "ü 'x'\n2", "after a restart")
      try requireEqual(try await again.replaceFact("a", "ü 'x'\n2", with: nil), true, "removed")
      try requireEqual(try await again.fact("a"), nil, "gone")
      try requireEqual(try await again.replaceFact("a", nil, with: nil), true, "nothing for nothing")
      try requireEqual(try await again.knowsSchema(), true, "its own schema")
    },
  ]
}
