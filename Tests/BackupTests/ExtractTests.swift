import Foundation
import PoseCore
import TestServers
import Testing

@testable import Backup

@Suite("The extract of an archive that is too large for a mail")
struct ExtractTests {
  /// The entries of a ZIP and their content, as 7-Zip unpacks them.
  private func unpack(_ path: String, passphrase: String = "", in fixture: BackupFixture) async throws -> [String: Data]
  {
    let folder = fixture.folder + "/unpacked-\(UUID().uuidString)"
    let unpacked = try await Tool.run("/usr/bin/7z", ["x", "-o" + folder, "-p" + passphrase, path])
    #expect(unpacked.status == 0, "\(unpacked.output)")
    var entries: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      entries[name] = FileManager.default.contents(atPath: folder + "/" + name)
    }
    return entries.filter { !$0.value.isEmpty }
  }

  @Test(
    "holds manifest and dump alone, as they are in the archive, encrypted where that is", arguments: [nil, "geheim"])
  func content(passphrase: String?) async throws {
    try await withFixture { fixture in
      for number in 0..<5 { try await fixture.add(number) }
      let archive = try await fixture.create(passphrase: passphrase).path
      let path = try #require(
        await ArchiveExtract(passphrase: passphrase, files: fixture.files).make(from: archive, limit: 1_000_000)
      ).path
      let whole = try await unpack(archive, passphrase: passphrase ?? "", in: fixture)
      let extract = try await unpack(path, passphrase: passphrase ?? "", in: fixture)
      #expect(extract.keys.sorted() == ["manifest.json", "mysql/poses.sql"])
      for (name, bytes) in extract { #expect(bytes == whole[name]) }
      if passphrase != nil { #expect(try await Tool.run("/usr/bin/7z", ["t", "-pwrong", path]).status != 0) }
    }
  }

  @Test("nothing is left of one that would be too large")
  func tooLarge() async throws {
    try await withFixture { fixture in
      for number in 0..<5 { try await fixture.add(number) }
      let archive = try await fixture.create().path
      let extract = ArchiveExtract(passphrase: nil, files: fixture.files)
      let path = try #require(await extract.make(from: archive, limit: 1_000_000)).path
      let size = try #require(FileManager.default.contents(atPath: path)).count
      try FileManager.default.removeItem(atPath: path)
      #expect(try await extract.make(from: archive, limit: Int64(size - 1)) == nil)
      #expect(try fixture.names() == ["2025-12-10-backup.zip"])
      #expect(try await extract.make(from: archive, limit: Int64(size)) != nil)
    }
  }

  @Test("nothing is left of one that can't be made: another passphrase, a damaged dump, no archive")
  func failures() async throws {
    try await withFixture { fixture in
      for number in 0..<5 { try await fixture.add(number) }
      let encrypted = try await fixture.create(passphrase: "geheim").path
      for passphrase in [nil, "wrong"] {
        await #expect(throws: PoseVaultError.self) {
          try await ArchiveExtract(passphrase: passphrase, files: fixture.files).make(from: encrypted, limit: 1_000_000)
        }
      }
      let plain = try await fixture.create().path
      var bytes = try #require(FileManager.default.contents(atPath: plain))
      let dump = try #require(bytes.firstRange(of: Data("mysql/poses.sql".utf8)))
      for offset in 500..<600 { bytes[dump.upperBound + offset] ^= 0x55 }
      try bytes.write(to: URL(filePath: plain))
      await #expect(throws: PoseVaultError.self) {
        try await ArchiveExtract(passphrase: nil, files: fixture.files).make(from: plain, limit: 1_000_000)
      }
      await #expect(throws: PoseVaultError.self) {
        try await ArchiveExtract(passphrase: nil, files: fixture.files)
          .make(from: fixture.backups + "/none.zip", limit: 1_000_000)
      }
      #expect(try fixture.names() == ["2025-12-10-backup-2.zip", "2025-12-10-backup.zip"])
    }
  }

  @Test("one that a crash left is cleaned up as any unfinished archive is, but not one that is still sent")
  func leftover() async throws {
    try await withFixture { fixture in
      let archive = try await fixture.create().path
      let folder = BackupFolder(path: fixture.backups)
      func whileSent() async throws -> String {
        let extract = ArchiveExtract(passphrase: nil, files: fixture.files)
        let made = try #require(await extract.make(from: archive, limit: 1_000_000))
        let leftovers = try folder.removeLeftovers()
        return try withExtendedLifetime(made) {
          try #require(leftovers == [])
          return made.path
        }
      }
      let path = try await whileSent()
      var removed: [String] = []
      // the thread that made it may hold it for a moment more
      for _ in 0..<500 where removed.isEmpty {
        removed = try folder.removeLeftovers()
        try await Task.sleep(for: .milliseconds(10))
      }
      #expect(removed == [(path as NSString).lastPathComponent])
    }
  }
}
