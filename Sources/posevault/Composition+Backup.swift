import Backup
import EmbeddedStorage
import Foundation
import Logging
import PoseCore

extension Composition {
  /// What makes backups of a storage.
  struct Backups: Sendable {
    let runner: BackupRunner
    let rules: BackupRules
    let runs: any RunStore
    /// Where archives are read and written.
    let files: BlockingPool
  }

  /// Makes the threads that read and write archives for as long as `body` runs.
  static func withBackups(
    _ settings: Settings, _ storage: Storage, _ body: (Backups) async throws -> Void
  ) async throws {
    try await withBackupFiles { files in
      guard let poses = storage.poses as? any ArchivablePoses, let images = storage.images as? any ArchivableImages
      else { throw PoseVaultError(.configuration, "This storage can't be backed up.") }
      let source = BackupSource(poses: poses, images: images, description: StartLines.stores(settings.storage))
      let rules = try backupRules(settings)
      let runner = BackupRunner(
        runs: storage.runs, maker: BackupMaker(source: source, scratch: EmbeddedScratch(), files: files, clock: clock),
        rules: rules, host: Machine.name, files: files, clock: clock, mail: { _, _ in nil }, ping: nil)
      try await body(Backups(runner: runner, rules: rules, runs: storage.runs, files: files))
    }
  }

  /// Whoever waits here, waits for as long as it takes.
  static func withBackupFiles(_ body: (BlockingPool) async throws -> Void) async throws {
    let files = BlockingPool("backup files", threads: 3, maxWaiting: 1000, waitLimit: .seconds(86_400))
    try await closing({ try await files.shutDown() }, after: { try await body(files) })
  }

  static func backupDesk(_ backups: Backups, _ logger: Logger) -> BackupDesk {
    BackupDesk(backups.runner) { BackupLog.tell($0, logger) }
  }

  static func backupRules(_ settings: Settings) throws -> BackupRules {
    let directory = URL(filePath: "backups").path
    return BackupRules(
      folder: directory, schedule: try CronExpression("59 23 * * *"), zone: .current, keep: 30,
      software: "PoseVault \(programVersion)")
  }
}
