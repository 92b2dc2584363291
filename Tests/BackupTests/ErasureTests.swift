import EmbeddedStorage
import Foundation
import PoseCore
import Synchronization
import Testing

@testable import Backup

@Suite("What was erased stays erased")
struct ErasureTests {
  private static let now: Int64 = 1_765_400_000

  private static func erasure(_ number: Int64) -> Erasure {
    let picture = ImageID.generate(at: 1_765_362_600 + number)
    return Erasure(id: 0, subject: picture.description, poses: [Int(number)], erasedAt: now + number)
  }

  @Test("the file keeps each entry once, goes on behind a line that was cut off, and names what can't be read")
  func file() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = ErasureFile(in: folder)
    let entries = (1...3).map { Self.erasure($0) }
    #expect(try file.read().erasures.isEmpty)
    try file.add([entries[0]])
    try file.add(entries.dropLast())
    #expect(try file.read().erasures == entries.dropLast())
    let status = try FileManager.default.attributesOfItem(atPath: file.path)
    #expect((status[.posixPermissions] as? Int).map { $0 & 0o077 } == 0)
    let whole = try String(contentsOfFile: file.path, encoding: .utf8)
    #expect(whole.split(separator: "\n").count == 2)
    // as a crash may leave it
    try (whole + #"{"erased":"65f1a2"#).write(toFile: file.path, atomically: true, encoding: .utf8)
    try file.add(entries)
    let found = try file.read()
    #expect(found.erasures == entries)
    #expect(found.damagedLines == 1)
    try (whole + #"{"erased":"not an id","at":"2025-12-10T10:30:00Z"}"#).write(
      toFile: file.path, atomically: true, encoding: .utf8)
    #expect(try file.read().damagedLines == 1)
  }

  @Test(
    "the file lies beside archives, and at the top of a repository",
    arguments: [
      ("/b/2025-12-10-backup.zip", ["/b/erased.jsonl"]), ("a.zip", ["./erased.jsonl"]),
      ("/r/runs/20251210T235900Z.zip", ["/r/runs/erased.jsonl", "/r/erased.jsonl"]),
    ])
  func places(archive: String, expected: [String]) {
    #expect(ErasureFile.files(beside: archive).map(\.path) == expected)
  }

  @Test("the file lies beside archives in a former folder, too, unless that may be another installation's")
  func formerFolder() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      try await fixture.add(2)
      var run = try RunFixture(fixture)
      func write() async throws -> [String] {
        let upkeep = ErasureUpkeep(
          ledger: fixture.storage.erasures, images: fixture.storage.images, runner: run.runner)
        return try await upkeep.write()
      }
      func ledger(_ folder: String) throws -> [String] {
        try ErasureFile(in: folder).read().erasures.map(\.subject)
      }
      try await run.back()
      let former = run.rules.folder
      _ = try await fixture.storage.erasures.erase(pose: row.id, all: false, at: Self.now, if: { _ in })
      run.rules.folder = fixture.folder + "/second"
      #expect(try await write() == [])
      #expect(try ledger(former) == [], "it may be that of the storage that this is a copy of")
      run.clock.now += 86_400
      try await run.back()
      let foreign = former + "/2025-12-31-backup.zip"
      try Data().write(to: URL(filePath: foreign))
      #expect(try await write() == [])
      #expect(try ledger(former) == [], "somebody else writes there")
      try FileManager.default.removeItem(atPath: foreign)
      #expect(try await write() == [])
      #expect(try ledger(former) == [row.imageID])
      // a repository has its own at the top
      run.rules.folder = fixture.folder + "/repository"
      run.rules.repository = RepositoryRules()
      run.clock.now += 86_400
      try await run.back()
      run.rules.folder = fixture.folder + "/third"
      run.rules.repository = nil
      run.clock.now += 86_400
      try await run.back()
      #expect(try await write() == [])
      for folder in ["second", "repository", "third"] {
        #expect(try ledger(fixture.folder + "/" + folder) == [row.imageID])
      }
      // what only such a file knows is learnt
      let other = Self.erasure(1)
      try ErasureFile(in: former).add([other])
      let upkeep = ErasureUpkeep(ledger: fixture.storage.erasures, images: fixture.storage.images, runner: run.runner)
      #expect(try await upkeep.run().learned == 1)
      #expect(try ledger(fixture.folder + "/third") == [row.imageID, other.subject])
    }
  }

  @Test("of archives that can't be looked at, or that no run knows, an erasure says so")
  func unknownHolders() async throws {
    try await withFixture { fixture in
      let rows = [try await fixture.add(1), try await fixture.add(2), try await fixture.add(3)]
      var run = try RunFixture(fixture)
      let folder = run.rules.folder
      func erase(_ row: PoseRecord) async throws -> [String] {
        let eraser = PictureErasing(
          ledger: fixture.storage.erasures, images: fixture.storage.images, runner: run.runner)
        let report = try #require(try await eraser.erase(pose: row.id, all: false, if: { _ in }))
        return report.notes.filter { $0.contains(folder) && !$0.hasPrefix("The ledger") }
      }
      try await run.back()
      #expect(try await erase(rows[0]) == [])
      // as after a restore, before it was adopted
      try Data().write(to: URL(filePath: folder + "/2025-12-01-backup.zip"))
      let unknown = try await erase(rows[1])
      #expect(unknown.count == 1 && unknown[0].hasPrefix("\(folder) has 1 archive that no run here knows"))
      try FileManager.default.moveItem(atPath: folder, toPath: folder + "-away")
      let away = try await erase(rows[2])
      #expect(away.count == 1 && away[0].hasPrefix("What the archives in \(folder) hold is not known."))
      // and where it is that of the settings no more
      run.rules.folder = fixture.folder + "/second"
      let former = try await run.runner.unknownHolders(since: .min)
      #expect(former == ["\(folder) can't be looked into: archives that went there may hold the picture."])
    }
  }

  @Test("a copied database removes no picture of what it learns was erased, until it and the pictures are a pair")
  func copied() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      let picture = try #require(ImageID(row.imageID))
      var run = try RunFixture(fixture)
      let images = fixture.storage.images
      let pair = StorePair(runs: fixture.storage.runs, images: images, place: "here")
      run.pair = pair
      _ = try await pair.exchange()
      #expect(try await images.replacePair(try await images.pair(), with: "another\nproduction"))
      let erasures = fixture.storage.erasures
      _ = try await erasures.record([Erasure(id: 0, subject: row.imageID, poses: [row.id], erasedAt: Self.now)])
      let upkeep = ErasureUpkeep(ledger: erasures, images: images, runner: run.runner)
      let torn = try await upkeep.run()
      #expect(torn.removedPoses == 1 && torn.removedPictures == 0)
      #expect(torn.faults.first?.hasPrefix("No picture is removed.") == true)
      #expect(try await images.find(picture) != nil)
      try await pair.pairAnew()
      let paired = try await upkeep.run()
      #expect(paired.removedPictures == 1 && paired.faults == [])
      #expect(try await images.find(picture) == nil)
    }
  }

  @Test("a restore removes it again and says so, also when it was killed while it did")
  func restored() async throws {
    try await withFixture { fixture in
      let rows = [try await fixture.add(1), try await fixture.add(2), try await fixture.add(3)]
      let deleted = try await fixture.add(4)
      _ = try await fixture.storage.trash.discard(pose: deleted.id, length: 1, at: Self.now, if: { _ in })
      let backup = try await fixture.create()
      let erased = [rows[0], deleted].map { row in
        Erasure(id: 0, subject: row.imageID, poses: [row.id], erasedAt: Self.now)
      }
      let storage = try await EmbeddedStorage.open(fixture.folder + "/restored", role: .server)
      func restore(_ ledger: any ErasureLedger) async throws -> ErasedAgain {
        let restorer = ArchiveRestorer(
          target: RestoreTarget(
            poses: storage.poses, images: storage.images, runs: storage.runs, erasures: ledger, place: "there",
            isExclusive: true),
          origin: RestoreOrigin(host: "here", pid: 4_000_001), scratch: EmbeddedScratch(),
          spoolFolder: fixture.folder, files: fixture.files, clock: { Self.now })
        return try await restorer.restore(backup.path, backup.manifest, named: "a.zip", passphrase: nil, erased: erased)
      }
      await #expect(throws: CancellationError.self) {
        _ = try await restore(EndingErasures(storage.erasures))
      }
      #expect(try await storage.runs.restoreMark() != nil)
      #expect(try await storage.poses.count() == 2)
      #expect(try await restore(storage.erasures) == ErasedAgain(poses: 1, pictures: 2))
      #expect(try await storage.runs.restoreMark() == nil)
      #expect(try await storage.poses.list(.after(.max, limit: 9)).map(\.id) == [rows[2].id, rows[1].id])
      #expect(try await storage.trash.deletedPoses(before: nil, limit: 9, of: nil).isEmpty)
      #expect(try await storage.images.list(after: nil, limit: 9).count == 2)
      #expect(try await storage.runs.fact(FactName.erasing) == nil)
      try await storage.close()
    }
  }

  @Test("what was erased while a backup was made, and is in it, does not come back with it")
  func meanwhile() async throws {
    try await withFixture { fixture in
      let rows = [try await fixture.add(1), try await fixture.add(2), try await fixture.add(3)]
      let storage = fixture.storage
      let images = BrokenImages(
        sound: storage.images,
        fault: .runs(try #require(ImageID(rows[1].imageID))) {
          // one that is packed already, and one that is not
          for row in [rows[0], rows[2]] {
            let erasure = try #require(
              try await storage.erasures.erase(pose: row.id, all: false, at: Self.now, if: { _ in }))
            _ = try await storage.images.delete(try #require(erasure.picture))
          }
        })
      let backup = try await fixture.create(images: images)
      #expect(backup.manifest.pictures == 2 && backup.manifest.leftOut.map(\.id) == [rows[2].id])
      let erased = try await storage.erasures.erasures(after: nil, limit: 9, isPending: false)
      let restored = try await EmbeddedStorage.open(fixture.folder + "/restored", role: .server)
      let restorer = ArchiveRestorer(
        target: RestoreTarget(
          poses: restored.poses, images: restored.images, runs: restored.runs, erasures: restored.erasures,
          place: "there", isExclusive: true),
        origin: RestoreOrigin(host: "here", pid: 4_000_001), scratch: EmbeddedScratch(), spoolFolder: fixture.folder,
        files: fixture.files, clock: { Self.now })
      let again = try await restorer.restore(
        backup.path, backup.manifest, named: "a.zip", passphrase: nil, erased: erased)
      #expect(again == ErasedAgain(poses: 1, pictures: 1))
      #expect(try await restored.poses.list(.after(.max, limit: 9)).map(\.id) == [rows[1].id])
      try await restored.close()
    }
  }

  @Test("deleted poses in the trash are in the archive, and their pictures are neither lost nor unreferenced")
  func trash() async throws {
    try await withFixture { fixture in
      let kept = try await fixture.add(1)
      let deleted = try await fixture.add(2)
      _ = try await fixture.storage.trash.discard(pose: deleted.id, length: 1, at: Self.now, if: { _ in })
      let manifest = try await fixture.create(at: Self.now + 2 * 86_400).manifest
      #expect(manifest.rows.count == 1 && manifest.pictures == 2)
      #expect(manifest.trashedPictures == 1 && manifest.unreferencedPictures == 0 && manifest.lost.isEmpty)
      #expect(try await fixture.storage.poses.find(kept.id) != nil)
    }
  }

  @Test("when an archive goes is foretold by the rules themselves")
  func forecast() throws {
    let day: Int64 = 86_400
    // 2025-12-31 23:59 in UTC
    let due: Int64 = 1_767_225_540
    let archives = (0..<3).map { age -> KeptArchive in
      let moment = due - Int64(age) * day
      let archive = BackupArchive(
        path: "/b/\(age).zip", size: 100, sha256: "",
        counts: BackupCounts(poses: 1, pictures: 1, lostPictures: 0, leftOut: 0), isShrunk: false, warnings: [])
      let run = BackupRun(
        id: 100 - age,
        origin: BackupOrigin(host: "a", pid: 1, startedAt: moment, claim: ScheduleClaim(dueAt: moment, attempt: 1)),
        heartbeatAt: 0, phase: "", progress: 1, state: .proven(archive, at: moment))
      return KeptArchive(run: run, archive: archive)
    }
    var rules = BackupRules(
      folder: "/b", schedule: try CronExpression("59 23 * * *"), zone: .gmt,
      retention: RetentionRules(scheduledDays: 5), software: "test")
    let now = due + 3600
    // the newest is the sixth newest once five more were made
    #expect(
      RetentionForecast.ends(of: archives, rules, at: now) == [
        100: due + 5 * day, 99: due + 4 * day, 98: due + 3 * day,
      ])
    // for ever, where no backup is made any more
    rules.schedule = try CronExpression("0 0 31 2 *")
    #expect(RetentionForecast.ends(of: archives, rules, at: now) == [:])
    rules.retention.maxAgeDays = 10
    let ends = RetentionForecast.ends(of: archives, rules, at: now)
    // the newest good one is never removed
    #expect(ends[100] == nil && ends[99].map { $0 - (due - day) > 10 * day && $0 - (due - day) < 12 * day } == true)
  }
}

/// A ledger whose process ends when it has removed the first rows.
private struct EndingErasures: ErasureLedger {
  let ledger: any ErasureLedger

  init(_ ledger: any ErasureLedger) { self.ledger = ledger }

  func erase(
    pose id: Int, all: Bool, at now: Int64, if condition: @escaping PoseRepository.Condition
  ) async throws -> Erasure? { nil }
  func record(_ erasures: [Erasure]) async throws -> Int { try await ledger.record(erasures) }
  func erasures(after: Int?, limit: Int, isPending: Bool) async throws -> [Erasure] {
    try await ledger.erasures(after: after, limit: limit, isPending: isPending)
  }
  func isPending(_ picture: ImageID) async throws -> Bool { try await ledger.isPending(picture) }
  func apply(_ erasure: Erasure) async throws -> RemovedPoses {
    _ = try await ledger.apply(erasure)
    throw CancellationError()
  }
  func reopen() async throws { try await ledger.reopen() }
  func finish(_ id: Int) async throws { try await ledger.finish(id) }
}
