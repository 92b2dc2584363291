import EmbeddedStorage
import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("One file is one archive")
struct KeptArchivesTests {
  private static let day: Int64 = 86_400

  private func night(_ number: Int64, _ run: RunFixture, attempt: Int = 1) async throws -> BackupArchive {
    run.clock.now = RunFixture.start + number * Self.day
    return try #require(try await run.back(up: ScheduleClaim(dueAt: run.clock.now, attempt: attempt)).run.archive)
  }

  private func adopt(_ run: RunFixture) async throws -> ArchiveAdoption.Report {
    let verifier = ArchiveVerifier(
      scratch: EmbeddedScratch(), scratchFolder: run.rules.folder + "/scratch", passphrase: nil, files: run.files)
    return try await ArchiveAdoption(runner: run.runner, verifier: verifier).adopt()
  }

  @Test("whatever path leads to BACKUP_DIR: nothing is taken on again, and nothing removed for it")
  func spellings() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      run.rules.retention = RetentionRules(days: 5, weeks: 0, months: 0)
      for number in 0..<5 as Range<Int64> { _ = try await night(number, run) }
      let names = try fixture.names()
      let link = fixture.folder + "/link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: fixture.backups)
      for folder in [fixture.backups + "/", fixture.folder + "/data/../backups", link] {
        run.rules.folder = folder
        let report = try await adopt(run)
        #expect(report.adopted == [] && report.left == [], "\(folder)")
        // as an older version did, which knew paths alone
        let known = try #require(try await run.runs.backup(1)?.archive)
        var again = known
        again.path = "\(folder)/\(known.fileName)"
        let origin = BackupOrigin(host: "alpha", pid: BackupOrigin.takenOn, startedAt: RunFixture.start, claim: nil)
        #expect(try await run.runs.adoptBackup(origin, again, at: RunFixture.start) != nil)
        let kept = try await KeptArchives(runs: run.runs, files: run.files, host: "alpha").load(at: run.clock.now)
        #expect(kept.map(\.run.id) == [5, 4, 3, 2, 1], "\(folder)")
        let report2 = try await Retention(run.runner).prune(isAsked: true)
        #expect(report2.removed == [] && report2.reasons.count == 5)
      }
      #expect(try fixture.names() == names)
    }
  }

  @Test("two machines with a BACKUP_DIR of the same path have two archives of a day")
  func machines() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let alpha = try RunFixture(fixture)
      let first = try await night(0, alpha)
      // the disk of the other machine is in the place of this one's
      let (here, aside) = (fixture.backups, fixture.folder + "/alpha")
      try FileManager.default.moveItem(atPath: here, toPath: aside)
      var beta = alpha
      beta.host = "beta"
      let marker = try #require(beta.runner.markers.first)
      _ = try await marker.prepare(isForced: true)
      let second = try await night(0, beta, attempt: 2)
      #expect(first.path == second.path)
      func kept(_ host: String) async throws -> [String] {
        try await KeptArchives(runs: alpha.runs, files: alpha.files, host: host).load(at: alpha.clock.now)
          .map { "\($0.run.origin.host) \($0.isHere)" }
      }
      #expect(try await kept("beta") == ["beta true", "alpha false"])
      try FileManager.default.moveItem(atPath: here, toPath: fixture.folder + "/beta")
      try FileManager.default.moveItem(atPath: aside, toPath: here)
      #expect(try await kept("alpha") == ["beta false", "alpha true"])
    }
  }

  @Test("what was in doubt when it was made is so when it is taken on")
  func takenOnInDoubt() async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<8 { rows.append(try await fixture.add(number)) }
      var run = try RunFixture(fixture)
      let good = try await night(0, run)
      for row in rows { try await fixture.storage.images.delete(try #require(ImageID(row.imageID))) }
      let doubted = try await night(1, run)
      try #require(doubted.isInDoubt && !good.isInDoubt)
      // another database that knows none of them, with the same rows
      let other = try await EmbeddedStorage.open(fixture.folder + "/other", role: .server)
      run.runs = other.runs
      let report = try await adopt(run)
      #expect(report.adopted.map(\.path) == [good.path, doubted.path])
      #expect(report.adopted.map(\.isInDoubt) == [false, true])
      #expect(report.adopted[1].doubts == doubted.doubts)
      #expect(try await run.runner.standing().state == .inDoubt)
      let kept = try await KeptArchives(runs: other.runs, files: run.files, host: "alpha").load(at: run.clock.now)
      let plan = RetentionPlan(kept, RetentionRules(days: 1), holders: [:], zone: .gmt, at: run.clock.now)
      let newestGood = plan.lines.first { $0.reason == "the newest good one" }
      #expect(newestGood?.archive.archive.path == good.path)
      try await other.close()
    }
  }

  @Test("uploads make up for no lost picture: what the last good archive holds is looked for one by one")
  func lacking() async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<8 { rows.append(try await fixture.add(number)) }
      let run = try RunFixture(fixture)
      let good = try await night(0, run)
      for row in rows.prefix(5) {
        _ = try await fixture.storage.poses.delete(row.id) { _ in }
        try await fixture.storage.images.delete(try #require(ImageID(row.imageID)))
      }
      #expect(try await night(1, run).isInDoubt)
      for number in 10..<20 { try await fixture.add(number) }
      let later = try await night(2, run)
      #expect(
        later.doubts == [
          "The backup before was in doubt, and this one still lacks 5 pictures of \(good.fileName), the last good one."
        ])
      let desk = BackupDesk(run.runner)
      _ = try await desk.accept(3)
      #expect(try await night(3, run).doubts == [])
    }
  }
}
