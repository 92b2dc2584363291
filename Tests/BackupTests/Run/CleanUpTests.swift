import EmbeddedStorage
import Foundation
import PoseCore
import Synchronization
import Testing

@testable import Backup

@Suite("Cleaning up after backups that were killed")
struct CleanUpTests {
  @Test("removes what nobody writes to any more, and nothing else")
  func files() async throws {
    try await withFixture { fixture in
      let run = try RunFixture(fixture)
      let folder = BackupFolder(path: fixture.backups)
      let live = try folder.begin(BackupDay(year: 2025, month: 12, day: 10))
      try FileManager.default.createDirectory(atPath: live.scratchFolder, withIntermediateDirectories: false)
      // what a process that ends takes with it is the lock alone
      let dead = try folder.begin(BackupDay(year: 2025, month: 12, day: 9)).path
      let copy = try folder.begin(named: "2025-12-09-backup-12.zip").path
      let scratch = dead + ".scratch"
      try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: false)
      try Data("x".utf8).write(to: URL(filePath: scratch + "/scratch.sqlite"))
      try Data().write(to: URL(filePath: fixture.backups + "/12ab.spool"))
      let foreign = [
        "2025-12-09-backup.zip", "my.partial", "2025-12-09-backup.partial", "photo.spool", "run-1.lock",
        "2025-12-09-backup-xyz.partial",
      ]
      for name in foreign { try Data("mine".utf8).write(to: URL(filePath: fixture.backups + "/" + name)) }
      let removed = try await run.runner.cleanUp().removed
      let expected = [dead, copy, scratch].map { URL(filePath: $0).lastPathComponent } + ["12ab.spool"]
      #expect(Set(removed) == Set(expected))
      let kept = [live.path, live.scratchFolder].map { URL(filePath: $0).lastPathComponent }
      #expect(try fixture.names() == (foreign + kept).sorted())
      #expect(try await run.runner.cleanUp() == CleanUp())
      live.discard()
    }
  }

  @Test("without a BACKUP_DIR there is nothing to do")
  func noFolder() async throws {
    try await withFixture { fixture in
      let done = try await RunFixture(fixture).runner.cleanUp()
      #expect(done == CleanUp())
    }
  }

  @Test("ends a run whose process has died at once, and tells of it once")
  func killed() async throws {
    try await withFixture { fixture in
      let run = try RunFixture(fixture)
      let folder = BackupFolder(path: fixture.backups)
      guard case .begun(let begun) = try await run.runner.begin(nil) else { throw RunFixture.NotBegun() }
      var mark = RunMark(of: begun, in: folder)
      #expect(try await run.runner.cleanUp() == CleanUp(), "its process lives")
      #expect(mark != nil)
      mark = nil
      let abandoned = try await run.runner.cleanUp().abandoned
      #expect(abandoned.map(\.id) == [begun.id] && abandoned[0].state.name == "abandoned")
      #expect(abandoned.first?.state.failure?.contains("was killed") == true)
      #expect(try await run.runner.cleanUp() == CleanUp())
      #expect(try await run.mails() == ["run 1: abandoned, before: 0"])
      #expect(try fixture.names() == [])
    }
  }

  @Test("tells whoever waits for the backups of a run that was killed, and of one whose archive was whole by then")
  func ping() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      let calls = Mutex<[Bool]>([])
      run.ping = { isWell in calls.withLock { $0.append(isWell) } }
      let folder = BackupFolder(path: fixture.backups)
      guard case .begun(let first) = try await run.runner.begin(nil) else { throw RunFixture.NotBegun() }
      _ = RunMark(of: first, in: folder)
      _ = try await run.runner.cleanUp()
      #expect(calls.withLock { $0 } == [false])
      guard case .begun(let second) = try await run.runner.begin(nil) else { throw RunFixture.NotBegun() }
      let made = try await run.runner.maker.create(run.rules.plan(second.origin))
      RunMark(of: second, in: folder)?.note(BackupArchive(made))
      _ = try await run.runner.cleanUp()
      #expect(calls.withLock { $0 } == [false, true])
      #expect(try await run.runs.backup(second.id)?.archive?.warnings == [], "no copy was asked for")
      _ = try await run.runner.cleanUp()
      #expect(calls.withLock { $0.count } == 2)
      try await run.runner.miss(ScheduleClaim(dueAt: run.clock.now, attempt: 1), "A restore is not finished.")
      #expect(calls.withLock { $0 } == [false, true, false])
    }
  }

  @Test("leaves the mark of a dead run to the storage whose run it is, which shares the folder")
  func sharedFolder() async throws {
    try await withFixture { fixture in
      let run = try RunFixture(fixture)
      let storage = try await EmbeddedStorage.open(fixture.folder + "/other", role: .server)
      let other = try RunFixture(
        poses: storage.poses, images: storage.images, runs: storage.runs, folder: fixture.backups, files: fixture.files)
      // both count from 1
      other.clock.now += 1
      guard case .begun(let begun) = try await run.runner.begin(nil),
        case .begun = try await other.runner.begin(nil)
      else { throw RunFixture.NotBegun() }
      _ = RunMark(of: begun, in: BackupFolder(path: fixture.backups))
      #expect(try await other.runner.cleanUp() == CleanUp())
      #expect(try await run.runner.cleanUp().abandoned.map(\.id) == [begun.id])
      #expect(try fixture.names() == [])
      try await storage.close()
    }
  }

  @Test("leaves a run alone that only has the number of a dead one of another storage")
  func otherStorage() async throws {
    try await withFixture { fixture in
      let run = try RunFixture(fixture)
      guard case .begun(let begun) = try await run.runner.begin(nil) else { throw RunFixture.NotBegun() }
      var other = begun
      other.origin.startedAt -= 1
      _ = RunMark(of: other, in: BackupFolder(path: fixture.backups))
      #expect(try await run.runner.cleanUp() == CleanUp())
      #expect(try await run.runs.backup(begun.id)?.state == .running)
    }
  }

  @Test("a run that goes on is not taken for a dead one")
  func underWay() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      var run = try RunFixture(fixture)
      let other = run.runner
      run.images = BrokenImages(
        sound: fixture.storage.images,
        fault: .runs(try #require(ImageID(row.imageID))) {
          let done = try await other.cleanUp()
          #expect(done == CleanUp())
        })
      #expect(try await run.back().run.state.archive != nil)
    }
  }
}
