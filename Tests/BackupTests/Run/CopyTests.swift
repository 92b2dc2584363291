import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("The copy of an archive")
struct CopyTests {
  /// Without the folder's marker.
  private static func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0 != FolderMarker.fileName }
  }

  @Test("is the archive, byte by byte, under its name")
  func same() async throws {
    try await withFixture { fixture in
      for number in 0..<3 { try await fixture.add(number) }
      var run = try RunFixture(fixture)
      run.rules.copyFolder = fixture.folder + "/copy"
      let archive = try #require(try await run.back().run.state.archive)
      #expect(archive.warnings == [])
      let copy = fixture.folder + "/copy/2025-12-10-backup.zip"
      #expect(try Data(contentsOf: URL(filePath: copy)) == Data(contentsOf: URL(filePath: archive.path)))
      #expect(try Self.names(in: fixture.folder + "/copy").count == 1)
    }
  }

  @Test("that can't be made is told, stored and mailed; the run stays proven")
  func impossible() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      run.rules.copyFolder = fixture.folder + "/no/such/folder"
      let ended = try await run.back()
      let warning = try #require(ended.run.state.archive?.warnings.first)
      #expect(warning.contains("no copy in BACKUP_COPY_DIR") && warning.contains("/no/such/folder"))
      let history = BackupHistory(
        latest: ended.run, lastProven: ended.run, lastScheduled: nil, knownSince: RunFixture.start)
      let standing = BackupStanding(history, run.rules, at: RunFixture.start)
      #expect(standing.troubles == [warning] && standing.state == .good)
      #expect(try await run.runner.standing().state == .failing, "the folder can't be used tonight, either")
    }
  }

  @Test("never takes the place of another file; the same file is as good as a copy")
  func taken() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      let (folder, place) = (fixture.folder + "/copy", fixture.folder + "/copy/2025-12-10-backup.zip")
      run.rules.copyFolder = folder
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      try Data("mine".utf8).write(to: URL(filePath: place))
      let archive = try #require(try await run.back().run.state.archive)
      #expect(archive.warnings.first?.contains("is another file") == true)
      #expect(try Data(contentsOf: URL(filePath: place)) == Data("mine".utf8))
      try FileManager.default.removeItem(atPath: place)
      for _ in 0..<2 { try await ArchiveCopy(files: fixture.files).copy(archive, into: folder) { _ in } }
      #expect(try Self.names(in: folder) == ["2025-12-10-backup.zip"])
    }
  }

  @Test(
    "into a folder that hangs is given up, and told of; the run stays proven, and nothing is left",
    .timeLimit(.minutes(2)))
  func hanging() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      run.rules.copyFolder = fixture.folder + "/copy"
      run.pace.copyPatience = .seconds(3)
      // a pipe in the archive's place: to open it waits for someone who writes
      let name = "2025-12-10-backup.zip"
      let pipe = fixture.folder + "/copy/" + name
      try FileManager.default.createDirectory(atPath: fixture.folder + "/copy", withIntermediateDirectories: false)
      #expect(mkfifo(pipe, 0o600) == 0)
      let archive = try #require(try await run.back().run.state.archive)
      #expect(
        archive.warnings == [
          "There is no copy in BACKUP_COPY_DIR. \(fixture.folder)/copy did not answer for too long, and the copy was "
            + "given up."
        ])
      // the folder answers again
      let writer = open(pipe, O_RDWR | O_NONBLOCK)
      #expect(writer >= 0)
      close(writer)
      for _ in 0..<500 where try FileManager.default.contentsOfDirectory(atPath: fixture.folder + "/copy") != [name] {
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(try Self.names(in: fixture.folder + "/copy") == [name])
    }
  }

  @Test("of a file that is not what was proven is none")
  func altered() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let archive = try #require(try await RunFixture(fixture).back().run.state.archive)
      var bytes = try Data(contentsOf: URL(filePath: archive.path))
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: URL(filePath: archive.path))
      let folder = fixture.folder + "/copy"
      let error = await #expect(throws: PoseVaultError.self) {
        try await ArchiveCopy(files: fixture.files).copy(archive, into: folder) { _ in }
      }
      #expect(error?.code == .backupUnproven)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
  }
}
