import EmbeddedStorage
import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("What is told of backups")
struct DeskTests {
  @Test("a second run is refused, by its name, and so is one during a restore")
  func refused() async throws {
    try await withFixture { fixture in
      let run = try RunFixture(fixture)
      guard case .begun(let begun) = try await run.runner.begin(nil) else { throw RunFixture.NotBegun() }
      let desk = BackupDesk(run.runner)
      let error = await #expect(throws: PoseVaultError.self) { _ = try await desk.begin() }
      #expect(error?.code == .backupRunning && error?.message.contains("on alpha") == true)
      _ = await run.runner.complete(begun)
      let mark = RestoreMark(host: "beta", pid: 7, since: 1, heartbeatAt: 1, file: "/x.zip")
      #expect(try await run.runs.setRestoreMark(mark, replacing: nil, at: 1) == .admitted)
      let restoring = await #expect(throws: PoseVaultError.self) { _ = try await desk.begin() }
      #expect(restoring?.code == .restoring)
    }
  }

  @Test("a run goes on when whoever asked for it leaves")
  func leaving() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let desk = BackupDesk(try RunFixture(fixture).runner)
      let asking = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        let run = try await desk.begin()
        await #expect(throws: CancellationError.self) { _ = try await desk.end(of: run) }
        return run
      }
      let begun = try await asking.value
      #expect(try await desk.end(of: begun).state.archive != nil)
    }
  }

  @Test("an archive is where its file is, whatever the machine's name; else its machine is named")
  func archive() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      let ended = try await run.back().run
      let archive = try #require(ended.state.archive)
      run.host = "renamed"
      let desk = BackupDesk(run.runner)
      #expect(try await desk.archive(of: ended) == archive.path)
      try FileManager.default.removeItem(atPath: archive.path)
      let elsewhere = await #expect(throws: PoseVaultError.self) { _ = try await desk.archive(of: ended) }
      #expect(elsewhere?.code == .archiveElsewhere && elsewhere?.details == ["host": "alpha"])
      run.host = "alpha"
      let gone = await #expect(throws: PoseVaultError.self) { _ = try await BackupDesk(run.runner).archive(of: ended) }
      #expect(gone?.code == .notFound)
    }
  }

  @Test("troubles are told: failed, overdue, shrunk, unsent mail")
  func troubles() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      var run = try RunFixture(fixture)
      let (clock, desk) = (run.clock, BackupDesk(run.runner))
      #expect(try await desk.status().troubles == [])
      #expect(try await desk.status().nextRun == 1_765_411_140)
      // due at 23:59, and nobody ran it
      clock.now = 1_765_411_140 + 3599
      #expect(try await desk.status().troubles == [])
      clock.now += 1
      let overdue = try await desk.status().troubles
      #expect(try await desk.status().state == .overdue)
      #expect(overdue.count == 1 && overdue[0].contains("2025-12-10 23:59:00"))
      try await run.back()
      #expect(try await desk.status().troubles == [])
      run.images = BrokenImages(sound: fixture.storage.images, fault: .fails(try #require(ImageID(row.imageID))))
      try await run.back()
      let failed = try await desk.status()
      #expect(failed.troubles.count == 1 && failed.troubles[0].contains("The disk reports an error."))
      #expect(failed.state == .failing && failed.latest?.id == 2 && failed.lastProven?.id == 1)
      run.images = fixture.storage.images
      _ = try await fixture.storage.poses.delete(row.id) { _ in }
      try await run.back()
      let shrunk = try await desk.status()
      #expect(shrunk.state == .inDoubt && shrunk.troubles[0].contains("holds 0 poses"))
      #expect(shrunk.troubles.last?.contains("posevault backup accept 3") == true)
      let mail = try #require(try await run.runs.takeMail(at: clock.now, host: "alpha", lease: 1))
      try await run.runs.putBack(mail, dueAt: clock.now, failure: "Nobody listens.")
      #expect(try await desk.status().troubles.last?.contains("Nobody listens.") == true)
    }
  }

  @Test("stores that were salvaged are in doubt, until a backup that says so is accepted, by whatever clock")
  func salvaged() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try RunFixture(fixture)
      let desk = BackupDesk(run.runner)
      let before = try await run.back().run
      #expect(try await desk.status().state == .good)
      // under a clock that was ahead
      let note = SalvageNote(at: RunFixture.start + 86_400 * 365, archive: "a.zip", lostPictures: 1, lostRows: nil)
      #expect(
        note.line.contains(" at 2026-12-10 10:31:40 UTC and lacks 1 picture and an unknown number of rows of a.zip,"))
      try await SalvageNote.keep(note, in: run.runs)
      let standing = try await run.runner.standing()
      #expect(standing.state == .inDoubt && standing.alerts.first == note.line && !standing.mayMakeRoom)
      await #expect(throws: PoseVaultError.self, "it is older") { _ = try await desk.accept(before.id) }
      let ended = try await run.back().run
      #expect(ended.archive?.doubts == [note.line] && ended.archive?.isInDoubt == true)
      let told = try await run.runner.standing()
      #expect(told.state == .inDoubt && told.alerts == [], "its own mail tells of it")
      _ = try await desk.accept(ended.id)
      #expect(try await desk.status().state == .accepted)
      #expect(try await run.back().run.archive?.doubts == [])
      #expect(try await desk.status().state == .good)
    }
  }

  @Test("a run under way after one that failed mends nothing yet")
  func underWay() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try RunFixture(fixture)
      try await run.back()
      guard case .begun(let failed) = try await run.runner.begin(nil) else { throw RunFixture.NotBegun() }
      _ = try await run.runs.finishBackup(failed.id, .failed(message: "no", isRepeated: false, at: 1), mail: nil)
      guard case .begun(let begun) = try await run.runner.begin(nil) else { throw RunFixture.NotBegun() }
      let status = try await BackupDesk(run.runner).status()
      #expect(status.state == .failing && status.latest?.id == begun.id)
      #expect(status.troubles == ["The last backup failed: no"])
      #expect(try await Retention(run.runner).prune().left.first?.contains("failing") == true)
      _ = await run.runner.complete(begun)
      #expect(try await BackupDesk(run.runner).status().state == .good)
    }
  }

  @Test("a few lost pictures can be accepted, and more of them after that")
  func acceptedLosses() async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<9 { rows.append(try await fixture.add(number)) }
      let run = try RunFixture(fixture)
      let desk = BackupDesk(run.runner)
      let whole = try await run.back().run
      await #expect(throws: PoseVaultError.self) { _ = try await desk.accept(whole.id) }
      for count in 1...2 {
        try await fixture.storage.images.delete(try #require(ImageID(rows[count].imageID)))
        run.clock.now += 60
        let ended = try await run.back().run
        #expect(ended.archive?.openLosses == [rows[count].imageID])
        let told = try await desk.status()
        #expect(told.troubles.first?.hasPrefix("A picture is lost or damaged: \(rows[count].imageID).") == true)
        #expect(told.troubles.first?.hasSuffix("`posevault backup accept \(ended.id)`.") == true)
        let accepted = try await desk.accept(ended.id)
        #expect(accepted.archive?.acceptedAt == run.clock.now && accepted.archive?.openLosses == [])
        #expect(try await desk.status().troubles == [])
        #expect(try await desk.status().state == .accepted)
      }
      let next = try await run.back().run
      #expect(next.archive?.doubts == ["2 pictures are lost or damaged; a person has accepted that."])
      #expect(next.archive?.openLosses == [])
      await #expect(throws: Never.self) { _ = try await desk.accept(next.id) }
    }
  }

  @Test("a salvage is known though nobody can read what was noted of it")
  func unreadableNote() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try RunFixture(fixture)
      #expect(try await run.runs.replaceFact(FactName.salvage, nil, with: "2"))
      let ended = try await run.back().run
      #expect(ended.archive?.doubts.first?.contains("an unknown number of pictures") == true)
      _ = try await BackupDesk(run.runner).accept(ended.id)
      #expect(try await SalvageNote.standing(in: run.runs) == nil)
    }
  }
}
