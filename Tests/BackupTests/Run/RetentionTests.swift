import EmbeddedStorage
import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("Retention")
struct RetentionTests {
  @Test("keeps the newest proven archives, and leaves every other file alone")
  func newest() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      var run = try RunFixture(fixture)
      run.rules.keep = 2
      try FileManager.default.createDirectory(atPath: fixture.backups, withIntermediateDirectories: false)
      let foreign = ["2025-01-01-backup.zip", "2025-12-10-backup.zip.bak", "notes.txt"]
      for name in foreign { try Data("mine".utf8).write(to: URL(filePath: fixture.backups + "/" + name)) }
      for _ in 0..<4 { try await run.back() }
      // a failed run neither counts nor prunes
      run.images = BrokenImages(sound: fixture.storage.images, fault: .fails(try #require(ImageID(row.imageID))))
      try await run.back()
      #expect(try fixture.names() == (foreign + ["2025-12-10-backup-3.zip", "2025-12-10-backup-4.zip"]).sorted())
    }
  }

  @Test("leaves what is not, byte by byte, the archive that was proven, and tells of it")
  func altered() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      var archives: [BackupArchive] = []
      for _ in 0..<4 { archives.append(try #require(try await run.back().run.state.archive)) }
      // one of the same size, one of another, one that is only named by a link
      var bytes = try Data(contentsOf: URL(filePath: archives[0].path))
      bytes[bytes.count - 40] ^= 1
      try bytes.write(to: URL(filePath: archives[0].path))
      try Data("mine".utf8).write(to: URL(filePath: archives[1].path))
      try FileManager.default.moveItem(atPath: archives[2].path, toPath: fixture.folder + "/moved.zip")
      try FileManager.default.createSymbolicLink(
        atPath: archives[2].path, withDestinationPath: fixture.folder + "/moved.zip")
      run.rules.keep = 1
      let ended = try await run.back()
      #expect(ended.notes == ["Removed the old backup \(archives[3].path)."])
      #expect(ended.troubles.count == 1 && ended.troubles[0].contains(archives[0].path))
      #expect(try fixture.names().count == 4)
      #expect(FileManager.default.fileExists(atPath: fixture.folder + "/moved.zip"))
    }
  }

  @Test("removes nothing after a run that has shrunk")
  func shrunk() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      var run = try RunFixture(fixture)
      for _ in 0..<3 { try await run.back() }
      run.rules.keep = 1
      _ = try await fixture.storage.poses.delete(row.id) { _ in }
      #expect(try await run.back().run.state.archive?.isShrunk == true)
      #expect(try fixture.names().count == 4)
      let report = try await Retention(runs: run.runs, files: run.files).prune(keep: 1)
      #expect(report.removed == [] && report.left.count == 1)
    }
  }

  @Test("rehearsed, tells what it would remove, and removes nothing")
  func rehearsal() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try RunFixture(fixture)
      for _ in 0..<3 { try await run.back() }
      let retention = Retention(runs: run.runs, files: run.files)
      let names = ["2025-12-10-backup-2.zip", "2025-12-10-backup.zip"].map { fixture.backups + "/" + $0 }
      #expect(try await retention.prune(keep: 1, isRehearsal: true).removed == names)
      #expect(try fixture.names().count == 3)
      #expect(try await retention.prune(keep: 1).removed == names)
      #expect(try fixture.names() == ["2025-12-10-backup-3.zip"])
    }
  }
}
