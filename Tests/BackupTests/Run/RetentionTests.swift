import EmbeddedStorage
import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("Retention")
struct RetentionTests {
  static let day: Int64 = 86_400

  /// A scheduled run on each of the `count` days up to the fixture's own.
  private func makeDays(_ count: Int, _ run: RunFixture) async throws {
    for number in (0..<count).reversed() {
      run.clock.now = RunFixture.start - Int64(number) * Self.day
      let claim = ScheduleClaim(dueAt: run.clock.now - 60, attempt: 1)
      let ended = try await run.back(up: claim)
      try #require(ended.run.archive != nil)
    }
  }

  @Test("keeps the newest days, and leaves every other file alone")
  func newest() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      var run = try RunFixture(fixture)
      run.rules.retention.scheduledDays = 4
      try FileManager.default.createDirectory(atPath: fixture.backups, withIntermediateDirectories: false)
      let foreign = ["2025-01-01-backup.zip", "2025-12-10-backup.zip.bak", "notes.txt"]
      for name in foreign { try Data("mine".utf8).write(to: URL(filePath: fixture.backups + "/" + name)) }
      try await makeDays(6, run)
      // a failed run neither counts nor prunes
      run.poses = BrokenPoses(sound: fixture.storage.poses, fault: .skips(row.id))
      try await run.back(up: ScheduleClaim(dueAt: RunFixture.start, attempt: 1))
      let days = (7...10).map { "2025-12-\($0 < 10 ? "0" : "")\($0)-backup.zip" }
      #expect(try fixture.names() == (foreign + days).sorted())
    }
  }

  @Test("many that are asked for push out none that was scheduled, and less than half is in doubt")
  func adversary() async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<8 { rows.append(try await fixture.add(number)) }
      let run = try RunFixture(fixture)
      try await makeDays(5, run)
      let scheduled = try fixture.names()
      // half of what is left is deleted before each
      while rows.count > 1 {
        for row in rows.prefix(rows.count / 2) { _ = try await fixture.storage.poses.delete(row.id) { _ in } }
        rows.removeFirst(rows.count / 2)
        try await run.back()
      }
      for _ in 0..<5 { try await run.back() }
      #expect(Set(try fixture.names()).isSuperset(of: scheduled))
      #expect(try await run.runner.standing().state == .inDoubt)
    }
  }

  @Test("leaves what is not, byte by byte, the archive that was proven, and tells of it")
  func altered() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      try await makeDays(8, run)
      let paths = (3...10).map { "\(fixture.backups)/2025-12-\($0 < 10 ? "0" : "")\($0)-backup.zip" }
      // one of the same size, one of another, one that is only named by a link
      var bytes = try Data(contentsOf: URL(filePath: paths[0]))
      bytes[bytes.count - 40] ^= 1
      try bytes.write(to: URL(filePath: paths[0]))
      try Data("mine".utf8).write(to: URL(filePath: paths[1]))
      try FileManager.default.moveItem(atPath: paths[2], toPath: fixture.folder + "/moved.zip")
      try FileManager.default.createSymbolicLink(
        atPath: paths[2], withDestinationPath: fixture.folder + "/moved.zip")
      run.rules.retention = RetentionRules(days: 1, weeks: 0, months: 0)
      let report = try await Retention(run.runner).prune(isAsked: true)
      #expect(report.removed == [paths[4], paths[3]])
      #expect(report.left.count == 1 && report.left[0].contains(paths[0]))
      #expect(try fixture.names().count == 6)
      #expect(FileManager.default.fileExists(atPath: fixture.folder + "/moved.zip"))
    }
  }

  @Test("removes nothing while a run is in doubt, until a person accepts it")
  func inDoubt() async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<3 { rows.append(try await fixture.add(number)) }
      var run = try RunFixture(fixture)
      run.rules.retention = RetentionRules(days: 30)
      try await makeDays(6, run)
      run.rules.retention = RetentionRules(days: 1, weeks: 0, months: 0)
      for row in rows.dropFirst() { _ = try await fixture.storage.poses.delete(row.id) { _ in } }
      run.clock.now += Self.day
      let ended = try await run.back(up: ScheduleClaim(dueAt: run.clock.now, attempt: 1))
      #expect(ended.run.archive?.isShrunk == true && ended.run.archive?.isInDoubt == true)
      for _ in 0..<2 { try await Retention(run.runner).note() }
      #expect(try await Retention(run.runner).prune(isAsked: true).removed == [])
      #expect(try fixture.names().count == 7)
      // the next night says it again
      run.clock.now += Self.day
      let again = try await run.back(up: ScheduleClaim(dueAt: run.clock.now, attempt: 1))
      #expect(again.run.archive?.isInDoubt == true)
      let desk = BackupDesk(run.runner)
      #expect(try await desk.status().state == .inDoubt)
      #expect(try await desk.accept(again.run.id).archive?.acceptedAt == run.clock.now)
      #expect(try await desk.status().state == .accepted)
      run.clock.now += Self.day
      let after = try await run.back(up: ScheduleClaim(dueAt: run.clock.now, attempt: 1))
      #expect(after.run.archive?.doubts == [])
      #expect(try await desk.status().state == .good)
      // the newest three days, and the third one of the newest three good ones
      #expect(try fixture.names().count == 4)
    }
  }

  @Test("rules that are new remove nothing the first time, and the mail says what would go")
  func newRules() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      try await makeDays(6, run)
      run.rules.retention = RetentionRules(days: 2, weeks: 0, months: 0)
      run.clock.now += Self.day
      let ended = try await run.back(up: ScheduleClaim(dueAt: run.clock.now, attempt: 1))
      #expect(try fixture.names().count == 7)
      let warning = try #require(ended.run.archive?.warnings.last)
      #expect(warning.contains("2025-12-05-backup.zip") && warning.contains("nothing is removed this time"))
      let rehearsal = try await Retention(run.runner).prune(isRehearsal: true)
      #expect(rehearsal.removed.count == 4 && rehearsal.reasons.count == 7)
      #expect(try fixture.names().count == 7)
      run.clock.now += Self.day
      try await run.back(up: ScheduleClaim(dueAt: run.clock.now, attempt: 1))
      #expect(try fixture.names().count == 3)
    }
  }

  @Test("copies have the same rules")
  func copies() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      run.rules.copyFolder = fixture.folder + "/copies"
      run.rules.retention = RetentionRules(days: 2, weeks: 0, months: 0)
      try await makeDays(5, run)
      let copies = try FileManager.default.contentsOfDirectory(atPath: fixture.folder + "/copies")
        .filter { !$0.hasPrefix(".") }.sorted()
      let names = try fixture.names()
      #expect(copies == names && copies.count == 3)
    }
  }

  @Test("the last archive that holds a lost picture stays, not a later one that never held it")
  func holder() async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<4 { rows.append(try await fixture.add(number)) }
      let picture = try #require(ImageID(rows[0].imageID))
      var run = try RunFixture(fixture)
      run.rules.retention = RetentionRules(days: 1, weeks: 0, months: 0)
      func night(_ number: Int64) async throws -> BackupArchive {
        run.clock.now = RunFixture.start + number * Self.day
        return try #require(try await run.back(up: ScheduleClaim(dueAt: run.clock.now, attempt: 1)).run.archive)
      }
      let first = try await night(0)
      // an old copy of the database is in place for a night: it has no row of the picture, and misses none
      _ = try await fixture.storage.poses.delete(rows[0].id) { _ in }
      try await fixture.storage.images.delete(picture)
      let second = try await night(1)
      try #require(second.lost == [] && second.doubts == [])
      try await fixture.addRow(rows[0])
      for number in 2..<7 as Range<Int64> { #expect(try await night(number).lost == [picture.description]) }
      #expect(FileManager.default.fileExists(atPath: first.path))
      #expect(!FileManager.default.fileExists(atPath: second.path))
      let report = try await Retention(run.runner).prune(isRehearsal: true)
      let reason = "the last one with an intact copy of the picture \(picture)"
      #expect(report.reasons.contains("keep\t\(first.path)\t\(reason)"))
    }
  }

  @Test("a holder that is not any more what was proven is none: the next one stays")
  func rottenHolder() async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<4 { rows.append(try await fixture.add(number)) }
      let picture = try #require(ImageID(rows[0].imageID))
      var run = try RunFixture(fixture)
      run.rules.retention = RetentionRules(days: 1, weeks: 0, months: 0)
      try await makeDays(3, run)
      let names = try fixture.names()
      var bytes = try Data(contentsOf: URL(filePath: "\(fixture.backups)/\(names[2])"))
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: URL(filePath: "\(fixture.backups)/\(names[2])"))
      try await fixture.storage.images.delete(picture)
      for number in 1..<6 as Range<Int64> {
        run.clock.now = RunFixture.start + number * Self.day
        let claim = ScheduleClaim(dueAt: run.clock.now, attempt: 1)
        #expect(try await run.back(up: claim).run.archive?.lost == [picture.description])
      }
      let left = try fixture.names()
      #expect(left.contains(names[1]), "it holds the picture whole")
      #expect(!left.contains(names[0]))
    }
  }
}
