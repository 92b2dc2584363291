import EmbeddedStorage
import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("The mark of a restore")
struct RestoreMarkTests {
  private let clock: @Sendable () -> Int64 = { 1_765_400_000 }
  private let origin = RestoreOrigin(host: "here", pid: 4_000_001)

  @Test("of other stores lets nothing be discarded, and nothing be restored beside what is there")
  func otherStores() async throws {
    try await withFixture { fixture in
      let made = try await archive(of: fixture)
      let name = "a.zip (\(made.manifest.fingerprint)) into other stores"
      let standing = try await begun(name, fixture)
      await #expect(throws: PoseVaultError.self) {
        try await ArchiveRestorer.discard(target(fixture), by: origin, clock: clock) {}
      }
      await #expect(throws: PoseVaultError.self) { try await restore(made, fixture) }
      #expect(try await fixture.storage.runs.restoreMark() == standing)
      #expect(try await fixture.storage.poses.count() == 1)
      #expect(try await fixture.storage.images.list(after: nil, limit: 9).count == 1)
    }
  }

  @Test("of the same stores lets its restore go on, whatever the archive is called now, and be discarded")
  func sameStores() async throws {
    try await withFixture { fixture in
      let made = try await archive(of: fixture)
      _ = try await begun("a.zip (\(made.manifest.fingerprint)) into these stores", fixture)
      try await restore(made, fixture)
      #expect(try await fixture.storage.runs.restoreMark() == nil)
      _ = try await begun("a.zip (\(made.manifest.fingerprint)) into these stores", fixture)
      try await ArchiveRestorer.discard(target(fixture), by: origin, clock: clock) {}
      #expect(try await fixture.storage.poses.count() == 0)
      #expect(try await fixture.storage.images.list(after: nil, limit: 9).isEmpty)
    }
  }

  @Test("that was removed before a build of the restore's own was put in place is no hindrance to finishing it")
  func finishedBuild() async throws {
    try await withFixture { fixture in
      let made = try await archive(of: fixture)
      await #expect(throws: PoseVaultError.self) { try await restore(made, fixture) }
      try await restore(made, fixture, isExclusive: true)
      #expect(try await fixture.storage.poses.count() == 1)
    }
  }

  private func archive(of fixture: BackupFixture) async throws -> ProvenBackup {
    try await fixture.add(1)
    try FileManager.default.createDirectory(atPath: fixture.backups, withIntermediateDirectories: true)
    return try await fixture.create()
  }

  /// A restore that had begun to write, whose process is gone.
  private func begun(_ file: String, _ fixture: BackupFixture) async throws -> RestoreMark {
    let mark = RestoreMark(host: "here", pid: 4_000_002, since: 1_765_300_000, heartbeatAt: 1_765_300_001, file: file)
    #expect(try await fixture.storage.runs.setRestoreMark(mark, replacing: nil, at: 1_765_300_001) == .admitted)
    return mark
  }

  private func target(_ fixture: BackupFixture, isExclusive: Bool = false) -> RestoreTarget {
    RestoreTarget(
      poses: fixture.storage.poses, images: fixture.storage.images, runs: fixture.storage.runs, place: "these stores",
      isExclusive: isExclusive)
  }

  private func restore(_ made: ProvenBackup, _ fixture: BackupFixture, isExclusive: Bool = false) async throws {
    let restorer = ArchiveRestorer(
      target: target(fixture, isExclusive: isExclusive), origin: origin, scratch: EmbeddedScratch(),
      spoolFolder: fixture.folder,
      files: fixture.files, clock: clock)
    try await restorer.restore(made.path, made.manifest, named: "b.zip", passphrase: nil)
  }
}
