import EmbeddedStorage
import Foundation
import PoseCore
import StorageContract
import Testing

@testable import Backup

@Suite("A run of a repository")
struct RepositoryTests {
  @Test("is proven, and another reader finds the same pictures in packs that tar and sha256sum read")
  func proven() async throws {
    try await withFixture { fixture in
      for number in 0..<12 { try await fixture.add(number) }
      let run = try await fixture.run()
      #expect(run.path == fixture.backups + "/runs/20251210T103140Z.zip")
      #expect(run.manifest.pictures == 12 && run.manifest.archivedRows == 12 && run.findings == [])
      #expect(try fixture.names() == ["packs", "repository.lock", "runs"])
      let pack = try #require(try fixture.packs().first)
      let sum = try await Tool.run("/usr/bin/sha256sum", [pack])
      #expect(sum.output.hasPrefix(URL(filePath: pack).deletingPathExtension().lastPathComponent))
      let listing = try await Tool.run("/usr/bin/tar", ["-tf", pack])
      #expect(listing.output.split(separator: "\n").count == 12)
      let read = try await fixture.readRun(run)
      #expect(read.pictures == (try await fixture.storedPictures()))
      guard case .proven(run.manifest) = try await fixture.verify(run.path) else {
        Issue.record("not proven again")
        return
      }
    }
  }

  @Test("comes back whole: rows, pictures and documents, from a repository that was moved")
  func restored() async throws {
    try await withFixture { fixture in
      for number in 0..<12 { try await fixture.add(number) }
      try await fixture.storage.poses.restore(Sample.adopted)
      let run = try await fixture.run()
      let moved = fixture.folder + "/elsewhere"
      try FileManager.default.moveItem(atPath: fixture.backups, toPath: moved)
      let path = moved + "/runs/20251210T103140Z.zip"
      try await fixture.restore(path, run.manifest) { storage in
        #expect(try await storage.poses.rows() == (try await fixture.storage.poses.rows()))
        let ids = try await storage.images.list(after: nil, limit: 100)
        #expect(ids == (try await fixture.storage.images.list(after: nil, limit: 100)))
        for image in ids {
          let restored = try await storage.images.bytes(image.id)
          #expect(restored == (try await fixture.storage.images.bytes(image.id)))
        }
      }
    }
  }

  @Test("stores only what is new, and equal pictures once, also those of one run")
  func growth() async throws {
    try await withFixture { fixture in
      for number in 0..<6 { try await fixture.add(number) }
      _ = try await fixture.run()
      let before = try fixture.packs()
      try await fixture.add(6)
      try await fixture.add(7, bytes: Sample.picture(6))
      try await fixture.add(8, bytes: Sample.picture(0))
      let second = try await fixture.run(at: 1_765_449_100)
      #expect(second.manifest.pictures == 9)
      let read = try await fixture.readRun(second)
      let after = try fixture.packs()
      let new = after.filter { !before.contains($0) }
      #expect(new.count == 1 && Set(before).isSubset(of: after))
      let name = URL(filePath: try #require(new.first)).deletingPathExtension().lastPathComponent
      #expect(read.packs[name]?.count == 1)
      #expect(second.notes.first?.hasPrefix("New in the repository: 1 picture in 1 pack (") == true)
      #expect(read.pictures == (try await fixture.storedPictures()))
      // nothing new: no pack
      _ = try await fixture.run(at: 1_765_535_500)
      #expect(try fixture.packs().count == 2)
    }
  }

  @Test(
    "does not read the pictures that a pack has, whether or not their SHA-256 was recorded", arguments: [true, false])
  func unread(tellsDigests: Bool) async throws {
    try await withFixture { fixture in
      for number in 0..<4 { try await fixture.add(number) }
      // and none has its turn
      let rules = RepositoryRules(reproofDays: 0)
      _ = try await fixture.run(
        images: CountingImages(sound: fixture.storage.images, tellsDigests: tellsDigests), rules: rules)
      let new = try await fixture.add(4)
      let images = CountingImages(sound: fixture.storage.images, tellsDigests: tellsDigests)
      _ = try await fixture.run(at: 1_765_449_100, images: images, rules: rules)
      #expect(images.read == [try #require(ImageID(new.imageID))])
    }
  }

  @Test("reads the store's old pictures in turn, tells of those that are gone or damaged, and names them whole")
  func storeFaults() async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<3 { rows.append(try await fixture.add(number)) }
      _ = try await fixture.run()
      let ids = try rows.map { try #require(ImageID($0.imageID)) }
      let flipped = BrokenImages(sound: fixture.storage.images, fault: .flipsByte(ids[0]))
      let damaged = try await fixture.run(at: 1_765_449_100, images: flipped)
      #expect(damaged.damagedInStore == [ids[0]] && damaged.lostInStore == [])
      #expect(damaged.findings.count == 1 && damaged.findings[0].contains("\(ids[0]) is damaged in the store"))
      let withheld = BrokenImages(sound: fixture.storage.images, fault: .withholds(ids[1]))
      let lost = try await fixture.run(at: 1_765_535_500, images: withheld)
      #expect(lost.lostInStore + lost.damagedInStore == [ids[1]])
      #expect(BackupArchive(lost).losses == 1)
      #expect(try await fixture.readRun(lost).pictures == (try await fixture.storedPictures()))
      #expect(lost.manifest.damaged == [] && lost.manifest.lost == [])
      // each has its turn, and none comes twice
      var rules = RepositoryRules(reproofDays: 3)
      rules.leastReading = 0
      var read: [ImageID] = []
      for night in 0..<3 {
        let images = CountingImages(sound: fixture.storage.images)
        _ = try await fixture.run(at: 1_765_621_900 + Int64(night) * 86_400, images: images, rules: rules)
        read += images.read
      }
      #expect(read.sorted() == ids.sorted())
    }
  }

  @Test("goes on with the packs of one that was killed, and of one whose file was lost")
  func goesOn() async throws {
    try await withFixture { fixture in
      for number in 0..<6 { try await fixture.add(number) }
      let first = try await fixture.run()
      let packs = try fixture.packs()
      // as a run leaves it that is killed before its last step
      try FileManager.default.removeItem(atPath: first.path)
      let second = try await fixture.run(at: 1_765_449_100)
      #expect(try fixture.packs() == packs && second.findings == [])
      #expect(try await fixture.readRun(second).pictures == (try await fixture.storedPictures()))
    }
  }

  @Test("reads what others had packed once, also if it is broken off again and again")
  func brokenOff() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(0)
      let first = try await fixture.run()
      try FileManager.default.removeItem(atPath: first.path)
      let failing = BrokenImages(sound: fixture.storage.images, fault: .fails(try #require(ImageID(row.imageID))))
      for seconds in [1_765_449_100, 1_765_449_200] as [Int64] {
        await #expect(throws: PoseVaultError.self) { _ = try await fixture.run(at: seconds, images: failing) }
      }
      // cut short, as by a power failure
      let notes = fixture.backups + "/" + PackNotes.fileName
      let file = try #require(FileHandle(forWritingAtPath: notes))
      try file.seekToEnd()
      try file.write(contentsOf: Data(#"{"sha256":"0"#.utf8))
      try file.close()
      let run = try await fixture.run(at: 1_765_449_300)
      #expect(run.notes.contains("Old packs read again and compared: 0 packs (0 MB)."))
      let records = try #require(try RunList(run.path, passphrase: nil)).packs
      #expect(records.map(\.readAt) == [1_765_449_100])
      #expect(try fixture.names() == ["packs", "repository.lock", "runs"])
    }
  }

  @Test("of another database in the same repository costs no picture twice, either way")
  func twoDatabases() async throws {
    try await withFixture { fixture in
      for number in 0..<6 { try await fixture.add(number) }
      let first = try await fixture.run()
      try await fixture.restore(first.path, first.manifest, datasetID: String(repeating: "b", count: 32)) { other in
        let source = BackupSource(poses: other.poses, images: other.images, description: "another")
        for seconds in [1_765_400_000, 1_765_410_000] as [Int64] {
          _ = try await fixture.run(at: seconds, source: source)
          _ = try await fixture.run(at: seconds + 5000)
        }
      }
      #expect(try fixture.packs().count == 1)
    }
  }

  @Test("tells of each pack that is damaged or missing, and names the pictures' number", arguments: Harm.allCases)
  func damage(harm: Harm) async throws {
    try await withFixture { fixture in
      for number in 0..<5 { try await fixture.add(number) }
      let run = try await fixture.run()
      let pack = try #require(try fixture.packs().first)
      try harm.apply(to: pack)
      guard case .damaged(let findings) = try await fixture.verify(run.path) else {
        Issue.record("not found")
        return
      }
      #expect(findings.count == 1)
      #expect(
        findings.first?.contains("packs/") == true && findings.first?.contains("the run has 5 pictures in it") == true)
    }
  }

  @Test("finds a pack damaged when its turn comes, tells of it and packs its pictures anew", arguments: Harm.allCases)
  func reproof(harm: Harm) async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<5 { rows.append(try await fixture.add(number)) }
      _ = try await fixture.run()
      let pack = try #require(try fixture.packs().first)
      try harm.apply(to: pack)
      let second = try await fixture.run(at: 1_765_362_700 + 31 * 86_400)
      let finding = try #require(second.findings.first)
      #expect(second.findings.count == 1 && finding.contains("It held 5 pictures of the last backup"))
      #expect(finding.contains(rows[0].imageID))
      // it is the very same pack again
      #expect(second.damagedPacks == [] && FileManager.default.fileExists(atPath: pack))
      guard case .proven = try await fixture.verify(second.path) else {
        Issue.record("not whole again")
        return
      }
    }
  }

  @Test("reads every pack once in the days that are set, and no more of them each night than that takes")
  func turns() async throws {
    try await withFixture { fixture in
      var turns: [Int] = []
      for night in 0..<13 {
        if night < 6 { try await fixture.add(night) }
        let seconds = 1_765_362_700 + Int64(night) * 86_400
        let run = try await fixture.run(at: seconds, rules: RepositoryRules(reproofDays: 6))
        let records = try #require(try RunList(run.path, passphrase: nil)).packs
        // those that were made this night count as read
        if night >= 6 { turns.append(records.count { $0.readAt == seconds }) }
        #expect(records.allSatisfy { seconds - $0.readAt <= 6 * 86_400 })
      }
      #expect(turns.allSatisfy { (1...4).contains($0) }, "\(turns)")
    }
  }

  @Test("packs few pictures of many packs anew, once they fill one, and stays whole")
  func thin() async throws {
    try await withFixture { fixture in
      var rules = RepositoryRules()
      rules.packLength = 300_000
      var runs: [ProvenBackup] = []
      // one picture of 121,004 bytes a night: less than half a pack
      for night in 0..<6 {
        try await fixture.add(3 + night * 10)
        runs.append(try await fixture.run(at: 1_765_362_700 + Int64(night) * 86_400, rules: rules))
      }
      let named = try runs.map { try #require($0.manifest.packs).count }
      // the fourth finds three of them, which fill one; its own picture joins them
      #expect(named == [1, 2, 3, 2, 3, 4])
      for run in runs {
        guard case .proven = try await fixture.verify(run.path) else {
          Issue.record("\(run.path) is not whole")
          return
        }
      }
    }
  }

  @Test("fills packs up to their length, and not much longer")
  func lengths() async throws {
    try await withFixture { fixture in
      var rules = RepositoryRules()
      rules.packLength = 100_000
      for number in 0..<10 { try await fixture.add(number) }
      let run = try await fixture.run(rules: rules)
      #expect(try await fixture.readRun(run).pictures == (try await fixture.storedPictures()))
      let sizes = try PackFolder(path: fixture.backups).packs().values
      #expect(sizes.count > 5)
      // one that is longer has a single large picture
      #expect(sizes.allSatisfy { $0 < 400_000 } && sizes.count { $0 > 210_000 } == 4)
    }
  }

  @Test("refuses to be restored away from its packs, in words")
  func alone() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try await fixture.run()
      let path = fixture.folder + "/20251210T103140Z.zip"
      try FileManager.default.copyItem(atPath: run.path, toPath: path)
      guard case .undecided(let error) = try await fixture.verify(path) else {
        Issue.record("taken")
        return
      }
      #expect(error.message.contains("beside packs"))
    }
  }

  @Test("waits while another process writes to the repository, and is made again later if that takes too long")
  func locked() async throws {
    try await withFixture { fixture in
      try await fixture.add(0)
      var run = try RunFixture(fixture)
      run.rules.repository = RepositoryRules()
      try await run.back()
      var runner = run.runner
      (runner.maker.turnPatience, runner.maker.turnPause) = (.milliseconds(20), .milliseconds(5))
      var lock = try RepositoryLock(PackFolder(path: fixture.backups))
      #expect(lock != nil)
      for attempt in 1...3 {
        run.clock.now += 60
        guard case .begun(let begun) = try await runner.begin(ScheduleClaim(dueAt: run.clock.now, attempt: attempt))
        else { throw RunFixture.NotBegun() }
        let state = await runner.complete(begun).run.state
        #expect(state.failure?.hasPrefix("Another process is using the repository") == true)
        #expect(state.name == (attempt < 3 ? "abandoned" : "failed"))
      }
      runner.maker.turnPatience = .seconds(60)
      guard case .begun(let begun) = try await runner.begin(nil) else { throw RunFixture.NotBegun() }
      let patient = runner
      async let ended = patient.complete(begun)
      try await Task.sleep(for: .milliseconds(50))
      #expect(try await run.runs.backup(begun.id)?.state == .running)
      lock = nil
      #expect(await ended.run.archive != nil)
    }
  }

  enum Harm: CaseIterable {
    case flippedBit, cut, removed

    func apply(to path: String) throws {
      switch self {
      case .removed: try FileManager.default.removeItem(atPath: path)
      case .cut, .flippedBit:
        var data = try Data(contentsOf: URL(filePath: path))
        if self == .cut { data.removeLast(100) } else { data[data.count / 2] ^= 1 }
        try data.write(to: URL(filePath: path))
      }
    }
  }
}

@Suite("Packs that no run names")
struct PackRetentionTests {
  @Test("go once the days of grace are over, and none that a run names")
  func grace() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(0)
      let first = try await fixture.run()
      try await fixture.add(1)
      _ = try await fixture.run(at: 1_765_449_100)
      #expect(try fixture.packs().count == 2)
      _ = try await fixture.storage.poses.delete(row.id) { _ in }
      try await fixture.storage.images.delete(try #require(ImageID(row.imageID)))
      try FileManager.default.removeItem(atPath: first.path)
      try FileManager.default.removeItem(atPath: fixture.backups + "/runs/20251211T103140Z.zip")
      // found without a run: the time begins
      let third = try await fixture.run(at: 1_765_500_000)
      #expect(third.manifest.pictures == 1)
      #expect(try await fixture.prune(at: 1_765_500_000 + 7 * 86_400 - 1).removed == [])
      #expect(try fixture.packs().count == 2)
      #expect(try await fixture.prune(at: 1_765_500_000 + 7 * 86_400).removed.count == 1)
      #expect(try fixture.packs().count == 1)
      guard case .proven = try await fixture.verify(third.path) else {
        Issue.record("a pack is gone that was named")
        return
      }
    }
  }

  @Test("go with the runs that named them, as each night's run removes old ones, and every run that is kept is whole")
  func nights() async throws {
    try await withFixture { fixture in
      for number in 0..<3 { try await fixture.add(number) }
      var run = try RunFixture(fixture)
      run.rules.repository = RepositoryRules(graceDays: 1)
      run.rules.retention.scheduledDays = 2
      var gone: PoseRecord?
      for night in 0..<10 {
        run.clock.now = RunFixture.start + Int64(night) * 86_400
        if night == 1 { gone = try await fixture.add(3) }
        if night == 2, let gone {
          _ = try await fixture.storage.poses.delete(gone.id) { _ in }
          try await fixture.storage.images.delete(try #require(ImageID(gone.imageID)))
        }
        let ended = try await run.back(up: ScheduleClaim(dueAt: run.clock.now - 60, attempt: 1))
        #expect(ended.run.archive?.counts.pictures == (night == 1 ? 4 : 3))
        #expect(ended.troubles == [])
        if night == 1 { #expect(try fixture.packs().count == 2) }
      }
      #expect(try fixture.packs().count == 1)
      let paths = try PackFolder(path: fixture.backups).runPaths(at: nil)
      #expect(paths.count < 10)
      for path in paths {
        guard case .proven = try await fixture.verify(path) else {
          Issue.record("\(path) is not whole")
          return
        }
      }
    }
  }

  @Test("and packs that a kept run names: a missing one keeps all of them until a person has accepted it")
  func missing() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(0)
      var pictures: Set<ImageID> = []
      for number in 1..<3 { pictures.insert(try #require(ImageID(try await fixture.add(number).imageID))) }
      var run = try RunFixture(fixture)
      run.rules.repository = RepositoryRules(graceDays: 1)
      run.rules.retention.scheduledDays = 2
      func night(_ number: Int64) async throws -> BackupArchive {
        run.clock.now = RunFixture.start + number * 86_400
        let ended = try await run.back(up: ScheduleClaim(dueAt: run.clock.now - 60, attempt: 1))
        return try #require(ended.run.archive)
      }
      #expect(try await night(0).doubts == [])
      #expect(try await run.runner.inGoodArchives(pictures, since: 0) == pictures)
      try FileManager.default.removeItem(atPath: try #require(try fixture.packs().first))
      // else the pictures become the same pack again
      _ = try await fixture.storage.poses.delete(row.id) { _ in }
      try await fixture.storage.images.delete(try #require(ImageID(row.imageID)))
      for number in 1..<5 as Range<Int64> {
        let archive = try await night(number)
        #expect(archive.isInDoubt && archive.damagedPacks.count == 1)
        #expect(archive.doubts.first?.hasPrefix("1 pack of the repository is missing or damaged") == true)
      }
      #expect(try await run.runner.standing().state == .inDoubt)
      #expect(try await run.runner.inGoodArchives(pictures, since: 0) == [])
      #expect(try PackFolder(path: fixture.backups).runPaths(at: nil).count == 5)
      let last = try #require(try await run.runs.latestProvenBackup())
      _ = try await run.runs.acceptBackup(last.id, at: run.clock.now)
      let accepted = try await night(5)
      #expect(!accepted.isInDoubt && accepted.doubts.first?.contains("a person has accepted that") == true)
      // the run that needed the pack is removed by age, and the doubt with it
      _ = try await night(6)
      #expect(try await night(7).doubts == [])
      #expect(try await run.runner.standing().state == .good)
    }
  }

  @Test("go before their days of grace where a run would else have no room, and with the runs that a person lets go")
  func room() async throws {
    try await withFixture { fixture in
      try await fixture.add(0)
      var run = try RunFixture(fixture)
      run.rules.repository = RepositoryRules(graceDays: 7)
      run.rules.retention.scheduledDays = 30
      func night(_ number: Int64) async throws -> EndedRun {
        run.clock.now = RunFixture.start + number * 86_400
        return try await run.back(up: ScheduleClaim(dueAt: run.clock.now - 60, attempt: 1))
      }
      // each night's picture is deleted the day after
      for number in 0..<6 {
        let row = try await fixture.add(number + 1)
        #expect(try await night(Int64(number)).run.archive?.isInDoubt == false)
        _ = try await fixture.storage.poses.delete(row.id) { _ in }
        try await fixture.storage.images.delete(try #require(ImageID(row.imageID)))
      }
      #expect(try fixture.packs().count == 6)
      let failed = try await run.runner.begin(nil)
      guard case .begun(let begun) = failed else { throw RunFixture.NotBegun() }
      // by rules that are known nothing may go
      #expect(try await Retention(run.runner).makeRoom(1, for: begun).removed == [])
      let full = BackupRun.State.failed(message: "There is not enough space.", isRepeated: false, at: run.clock.now)
      _ = try await run.runs.finishBackup(begun.id, full, mail: nil)
      run.rules.retention.scheduledDays = 2
      let kept = try await Retention(run.runner).prune()
      #expect(kept.removed == [] && kept.left == ["All archives are kept while the backups are failing."])
      let asked = try await Retention(run.runner).prune(isAsked: true)
      #expect(asked.removed.count == 3 && asked.removed.allSatisfy { $0.contains("/runs/") })
      #expect(try fixture.packs().count == 6)
      guard case .begun(let next) = try await run.runner.begin(nil) else { throw RunFixture.NotBegun() }
      let made = try await Retention(run.runner).makeRoom(1, for: next)
      #expect(made.removed.count == 2 && made.removed.allSatisfy { $0.contains("/packs/") })
      for path in try PackFolder(path: fixture.backups).runPaths(at: nil) {
        guard case .proven = try await fixture.verify(path) else {
          Issue.record("\(path) is not whole")
          return
        }
      }
    }
  }

  @Test("stay as long as a run can't be read")
  func unreadable() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(0)
      let first = try await fixture.run()
      _ = try await fixture.storage.poses.delete(row.id) { _ in }
      try await fixture.storage.images.delete(try #require(ImageID(row.imageID)))
      try FileManager.default.removeItem(atPath: first.path)
      _ = try await fixture.run(at: 1_765_449_100)
      try Data("rubbish".utf8).write(to: URL(filePath: first.path))
      let report = try await fixture.prune(at: 1_800_000_000)
      #expect(report.removed == [] && report.left.count == 1)
      #expect(try fixture.packs().count == 1)
    }
  }
}

extension BackupFixture {
  fileprivate func run(
    at seconds: Int64 = 1_765_362_700, images: (any ArchivableImages)? = nil, source: BackupSource? = nil,
    rules: RepositoryRules = RepositoryRules()
  ) async throws -> ProvenBackup {
    try await create(
      poses: source?.poses, images: source?.images ?? images, at: seconds, repository: rules)
  }

  /// The paths of all packs, in order.
  fileprivate func packs() throws -> [String] {
    let folder = PackFolder(path: backups)
    return try folder.packs().keys.map { folder.path(of: $0) }.sorted()
  }

  fileprivate func prune(at seconds: Int64) async throws -> Retention.Report {
    let retention = PackRetention(folder: PackFolder(path: backups), files: files, graceDays: 7, now: seconds)
    return try await retention.prune(isRehearsal: false)
  }

  /// What a reader in Python finds that knows nothing of our code.
  fileprivate func readRun(_ run: ProvenBackup) async throws -> ReadRun {
    let tool = try await Tool.python("read_repository.py", [backups, run.path])
    try #require(tool.status == 0, "\(tool.output)")
    return try JSONDecoder().decode(ReadRun.self, from: Data(tool.output.utf8))
  }

  /// The SHA-256 of each picture in the store, by id, as sha256sum has it of its bytes.
  fileprivate func storedPictures() async throws -> [String: String] {
    var found: [String: String] = [:]
    let file = folder + "/picture"
    for image in try await storage.images.list(after: nil, limit: 1000) {
      try Data(try await storage.images.bytes(image.id) ?? []).write(to: URL(filePath: file))
      found["\(image.id)"] = String(try await Tool.run("/usr/bin/sha256sum", [file]).output.prefix(64))
    }
    return found
  }

  /// Restores into a new storage, which is there for as long as `body` runs.
  fileprivate func restore(
    _ path: String, _ manifest: Manifest, datasetID: String? = nil,
    _ body: (EmbeddedStorage) async throws -> Void
  ) async throws {
    let storage = try await EmbeddedStorage.open(folder + "/restored", role: .server)
    let restorer = ArchiveRestorer(
      target: RestoreTarget(
        poses: storage.poses, images: storage.images, runs: storage.runs, place: "there", isExclusive: true),
      origin: RestoreOrigin(host: "here", pid: 4_000_001), scratch: EmbeddedScratch(), spoolFolder: folder,
      files: files,
      clock: { 1_765_400_000 })
    try await restorer.restore(path, manifest, named: "a.zip", passphrase: nil)
    if let datasetID { try await storage.poses.adopt(datasetID: datasetID) }
    try await body(storage)
    try await storage.close()
  }
}

private struct ReadRun: Decodable {
  /// SHA-256 by id.
  let pictures: [String: String]
  /// Members by pack.
  let packs: [String: [String]]
  let named: [String]
}
