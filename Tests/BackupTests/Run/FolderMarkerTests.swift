import EmbeddedStorage
import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("The marker of a folder")
struct FolderMarkerTests {
  private func marker(_ path: String, _ fixture: BackupFixture, scope: String = "") -> FolderMarker {
    FolderMarker(
      path: path, setting: "BACKUP_DIR", facts: fixture.storage.runs, runs: fixture.storage.runs, files: fixture.files,
      scope: scope)
  }

  private func isUnknown(_ finding: FolderMarker.Finding) -> Bool {
    if case .unknown = finding { true } else { false }
  }

  @Test("is written once into a folder that is new or empty, or holds archives; other folders are asked about")
  func taking() async throws {
    try await withFixture { fixture in
      let manager = FileManager.default
      let new = marker(fixture.folder + "/new", fixture)
      #expect(try await new.prepare() == .usable)
      #expect(manager.fileExists(atPath: new.path + "/" + FolderMarker.fileName))
      for (name, file, isTaken) in [
        ("empty", nil, true), ("disk", "lost+found", true), ("older", "2025-01-01-backup.zip", true),
        ("home", "letter.txt", false),
      ] as [(String, String?, Bool)] {
        let path = fixture.folder + "/" + name
        try manager.createDirectory(atPath: path, withIntermediateDirectories: false)
        if let file { try Data("x".utf8).write(to: URL(filePath: path + "/" + file)) }
        let finding = try await marker(path, fixture).prepare()
        #expect(isTaken ? finding == .usable : isUnknown(finding), "\(name)")
        #expect(manager.fileExists(atPath: path + "/" + FolderMarker.fileName) == isTaken, "\(name)")
      }
      #expect(try await marker(fixture.folder + "/home", fixture).prepare(isForced: true) == .usable)
    }
  }

  @Test("of a machine that has another name than before is asked about, where the last backup is not in its folder")
  func renamed() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      run.rules.isAlone = false
      run.host = "alpha"
      try #require(try await run.back().run.archive != nil)
      // the disk is not mounted, and the container has a new name
      try FileManager.default.moveItem(atPath: fixture.backups, toPath: fixture.folder + "/disk")
      try FileManager.default.createDirectory(atPath: fixture.backups, withIntermediateDirectories: false)
      run.host = "beta"
      #expect(try await run.back().run.failure?.contains("on alpha") == true)
      #expect(try await run.runner.standing().state == .failing)
      #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.backups) == [])
      #expect(try await marker(fixture.folder + "/own", fixture, scope: "beta").prepare() == .usable)
      try FileManager.default.removeItem(atPath: fixture.backups)
      try FileManager.default.moveItem(atPath: fixture.folder + "/disk", toPath: fixture.backups)
      #expect(try await run.back().run.archive != nil)
    }
  }

  @Test("that is gone with its folder, or with what was in it, keeps the folder from being made or written to")
  func lost() async throws {
    try await withFixture { fixture in
      let manager = FileManager.default
      let folder = marker(fixture.backups, fixture)
      #expect(try await folder.prepare() == .usable)
      try manager.removeItem(atPath: fixture.backups)
      #expect(isUnknown(try await folder.prepare()))
      #expect(!manager.fileExists(atPath: fixture.backups))
      try manager.createDirectory(atPath: fixture.backups, withIntermediateDirectories: false)
      #expect(isUnknown(try await folder.prepare()), "an unmounted mount point")
      try Data("0123456789abcdef\n".utf8).write(to: URL(filePath: fixture.backups + "/" + FolderMarker.fileName))
      #expect(isUnknown(try await folder.prepare()), "another disk")
      #expect(try await folder.prepare(isForced: true) == .usable)
      #expect(try await folder.prepare() == .usable)
    }
  }

  @Test("is known by another database, too, which finds the folder marked")
  func shared() async throws {
    try await withFixture { fixture in
      try await withFixture { other in
        #expect(try await marker(fixture.backups, fixture).prepare() == .usable)
        #expect(try await marker(fixture.backups, other).prepare() == .usable)
        try FileManager.default.removeItem(atPath: fixture.backups)
        #expect(isUnknown(try await marker(fixture.backups, other).prepare()))
      }
    }
  }

  @Test("a link to what isn't there, such as a disk that isn't mounted, is no folder that could be made")
  func dangling() async throws {
    try await withFixture { fixture in
      let folder = marker(fixture.folder + "/link", fixture)
      try FileManager.default.createSymbolicLink(
        atPath: folder.path, withDestinationPath: fixture.folder + "/unmounted/archives")
      for finding in [try await folder.look(), try await folder.prepare()] {
        guard case .unusable(let line) = finding else {
          Issue.record("\(finding)")
          continue
        }
        #expect(line.hasPrefix("BACKUP_DIR") && line.contains(folder.path))
      }
    }
  }

  @Test("what can never be a folder is told as such", arguments: ["/proc/nope", "/dev/null", "/dev/null/x"])
  func impossible(path: String) async throws {
    try await withFixture { fixture in
      let finding = try await marker(path, fixture).prepare()
      guard case .unusable(let line) = finding else {
        Issue.record("\(finding)")
        return
      }
      #expect(line.contains(path) && line.hasPrefix("BACKUP_DIR"))
    }
  }

  @Test("a run into a folder that lost its marker fails, and says so; nothing is written")
  func run() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try RunFixture(fixture)
      try await run.back()
      try FileManager.default.removeItem(atPath: fixture.backups)
      try FileManager.default.createDirectory(atPath: fixture.backups, withIntermediateDirectories: false)
      let ended = try await run.back()
      #expect(ended.run.state.failure?.contains("lost its marker") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.backups) == [])
      #expect(try await BackupDesk(run.runner).status().state == .failing)
    }
  }
}
