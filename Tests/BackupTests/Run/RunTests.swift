import EmbeddedStorage
import Foundation
import PoseCore
import Synchronization
import Testing

@testable import Backup

@Suite("A run of the backup")
struct RunTests {
  @Test("is stored as proven, with what its archive is, together with its mail")
  func proven() async throws {
    try await withFixture { fixture in
      for number in 0..<3 { try await fixture.add(number) }
      let bytes = Int64((0..<3).reduce(0) { $0 + Sample.picture($1).count })
      let run = try RunFixture(fixture)
      let ended = try await run.back()
      let archive = try #require(ended.run.state.archive)
      #expect(archive.path == fixture.backups + "/2025-12-10-backup.zip")
      #expect(try await Tool.run("/usr/bin/sha256sum", [archive.path]).output.hasPrefix(archive.sha256))
      #expect(archive.counts == BackupCounts(poses: 3, pictures: 3, lostPictures: 0, leftOut: 0, pictureBytes: bytes))
      #expect(!archive.isShrunk && archive.warnings == [] && ended.troubles == [])
      #expect(try await run.runs.latestProvenBackup() == ended.run)
      #expect(ended.run.phase == "proof" && ended.run.progress > 0.9)
      #expect(try await run.mails() == ["run 1: proven, before: 0"])
      #expect(try fixture.names() == ["2025-12-10-backup.zip"])
    }
  }

  @Test("keeps some of very many warnings, first what is not included, and says how many more there are")
  func manyWarnings() async throws {
    try await withFixture { fixture in
      var made = try await fixture.create()
      made.manifest.lost = (1...250).map { Manifest.LostPicture(row: $0, imageID: "x\($0)") }
      made.manifest.notIncluded = ["table users"]
      let warnings = BackupArchive(made).warnings
      #expect(warnings.first == "Not included: table users.")
      #expect(warnings.count == 101 && warnings.last == "and 151 more, all of them in manifest.json")
      #expect(BackupArchive(made).counts.lostPictures == 250)
    }
  }

  @Test("is named after the day it was due by the schedule's clocks, not after the one it began on")
  func day() async throws {
    try await withFixture { fixture in
      var run = try RunFixture(fixture)
      run.rules.zone = try #require(TimeZone(identifier: "Asia/Tokyo"))
      // 23:59 in Tokyo, caught up a day later
      let claim = ScheduleClaim(dueAt: 1_765_292_340, attempt: 1)
      #expect(try await run.back(up: claim).run.state.archive?.path == fixture.backups + "/2025-12-09-backup.zip")
    }
  }

  @Test("has shrunk with no rows, or less than half of those of the last proven one")
  func shrunk() async throws {
    try await withFixture { fixture in
      let run = try RunFixture(fixture)
      func isShrunk() async throws -> Bool? { try await run.back().run.state.archive?.isShrunk }
      #expect(try await isShrunk() == true)
      var rows: [PoseRecord] = []
      for number in 0..<6 { rows.append(try await fixture.add(number)) }
      #expect(try await isShrunk() == false)
      for row in rows.prefix(3) { _ = try await fixture.storage.poses.delete(row.id) { _ in } }
      #expect(try await isShrunk() == false, "3 of 6")
      for row in rows.dropFirst(3).prefix(2) { _ = try await fixture.storage.poses.delete(row.id) { _ in } }
      #expect(try await isShrunk() == true, "1 of 3")
    }
  }

  @Test("that fails says why, in its mail, too, and leaves nothing")
  func failed() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      var run = try RunFixture(fixture)
      try await run.back()
      run.images = BrokenImages(
        sound: fixture.storage.images, fault: .fails(try #require(ImageID(row.imageID))))
      let ended = try await run.back()
      #expect(ended.run.state.failure?.contains("The disk reports an error.") == true)
      #expect(ended.run.phase == "pictures" || ended.run.phase == "rows")
      #expect(try await run.mails() == ["run 1: proven, before: 0", "run 2: failed, before: 1"])
      #expect(try fixture.names() == ["2025-12-10-backup.zip"])
    }
  }

  @Test("whose archive is not what the stores hold is unproven, and not listed")
  func unproven() async throws {
    try await withFixture { fixture in
      for number in 0..<3 { try await fixture.add(number) }
      var run = try RunFixture(fixture)
      run.poses = BrokenPoses(sound: fixture.storage.poses, fault: .skips(1))
      let ended = try await run.back()
      #expect(ended.isUnproven && ended.run.state.failure != nil)
      #expect(try fixture.names() == [])
    }
  }

  @Test("tells its phase and its progress while it goes on")
  func heartbeats() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      var run = try RunFixture(fixture)
      let runs = run.runs
      let seen = Mutex<BackupRun?>(nil)
      run.images = BrokenImages(
        sound: fixture.storage.images,
        fault: .runs(try #require(ImageID(row.imageID))) {
          while try await runs.backup(1)?.progress ?? 0 == 0 { try await Task.sleep(for: .milliseconds(2)) }
          let run = try await runs.backup(1)
          seen.withLock { $0 = run }
        })
      try await run.back()
      let during = try #require(seen.withLock { $0 })
      #expect(during.state == .running && during.phase == "rows" && (0.01...0.1).contains(during.progress))
    }
  }

  @Test("that counts as ended stops, tells nobody anew, and leaves nothing")
  func lost() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      var run = try RunFixture(fixture)
      let runs = run.runs
      run.images = BrokenImages(
        sound: fixture.storage.images,
        fault: .runs(try #require(ImageID(row.imageID))) {
          // as another server does when this one was silent for long
          _ = try await runs.failSilentBackups(at: RunFixture.start + 1000) { _ in nil }
          try await Task.sleep(for: .seconds(60))
        })
      let ended = try await run.back()
      #expect(ended.run.state.name == "abandoned" && !ended.troubles.isEmpty)
      #expect(try fixture.names() == [])
      #expect(try await run.mails() == [])
    }
  }

  @Test("that is interrupted in any phase is a failed one and leaves nothing", arguments: BackupPhase.allCases)
  func cancelled(phase: BackupPhase) async throws {
    try await withFixture { fixture in
      for number in 0..<3 { try await fixture.add(number) }
      var run = try RunFixture(fixture)
      run.rules.copyFolder = fixture.folder + "/copy"
      let runner = run.runner
      guard case .begun(let begun) = try await runner.begin(nil) else { throw RunFixture.NotBegun() }
      let ended = await Task {
        await runner.complete(begun) { now, _ in
          if now == phase { withUnsafeCurrentTask { $0?.cancel() } }
        }
      }.value
      if phase == .copy {
        // the archive has its name already
        #expect(ended.run.state.archive?.warnings.count == 1)
        #expect(try fixture.names() == ["2025-12-10-backup.zip"])
        let copies = try? FileManager.default.contentsOfDirectory(atPath: fixture.folder + "/copy")
        #expect(copies?.filter { $0 != FolderMarker.fileName } ?? [] == [])
      } else {
        #expect(ended.run.state.failure?.contains("interrupted") == true, "\(ended.run.state)")
        #expect(try fixture.names() == [])
      }
      #expect(try await run.mails().count == 1)
    }
  }

  @Test("of several that are asked for at once, also by another process, one begins")
  func atOnce() async throws {
    try await withFixture { fixture in
      let beside = try await EmbeddedStorage.open(fixture.folder + "/data", role: .command)
      let runners = [try RunFixture(fixture).runner, try RunFixture(fixture, runs: beside.runs).runner]
      let begun = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<20 {
          group.addTask {
            if case .begun = try await runners[number % 2].begin(nil) { true } else { false }
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(begun == 1)
      try await beside.close()
    }
  }

  @Test("calls the ping once it is proven, and stays proven where nobody answers", arguments: [false, true])
  func ping(fails: Bool) async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      var run = try RunFixture(fixture)
      let runs = run.runs
      let calls = Mutex<[Bool]>([])
      run.ping = { isWell in
        #expect(try await runs.latestProvenBackup() != nil)
        calls.withLock { $0.append(isWell) }
        if fails { throw PoseVaultError(.internal, "Nobody answers.") }
      }
      let ended = try await run.back()
      #expect(ended.run.state.archive != nil && ended.troubles.count == (fails ? 1 : 0))
      run.images = BrokenImages(
        sound: fixture.storage.images, fault: .fails(try #require(ImageID(row.imageID))))
      try await run.back()
      #expect(calls.withLock { $0 } == [true, false], "a failed run is told as such")
    }
  }
}
