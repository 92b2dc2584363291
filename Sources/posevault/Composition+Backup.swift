import Backup
import EmbeddedStorage
import Foundation
import PoseCore

extension Composition {
  /// Makes backups of a storage.
  struct Backups: Sendable {
    let runner: BackupRunner
    let rules: BackupRules
    let runs: any RunStore
    /// Where archives are read and written.
    let files: BlockingPool
  }

  /// Provides the threads that read and write archives while `body` runs.
  static func withBackups(
    of storage: Storage, _ settings: Settings, _ body: (Backups) async throws -> Void
  ) async throws {
    try await withBackupFiles { files in
      let source = BackupSource(
        poses: storage.poses, images: storage.images, audit: storage.audit, description: settings.stores.summary)
      let rules = backupRules(settings)
      let runner = BackupRunner(
        runs: storage.runs, maker: BackupMaker(source: source, scratch: EmbeddedScratch(), files: files, clock: clock),
        rules: rules, host: Machine.name, files: files, clock: clock,
        mail: mailMaker(settings), alert: alertMaker(settings),
        ping: backupPing(settings.backup), pair: storePair(settings, storage))
      try await body(Backups(runner: runner, rules: rules, runs: storage.runs, files: files))
    }
  }

  static let restoreOrigin = RestoreOrigin(host: Machine.name, pid: Int(ProcessInfo.processInfo.processIdentifier))

  /// Callers wait here for as long as it takes.
  static func withBackupFiles(_ body: (BlockingPool) async throws -> Void) async throws {
    let files = BlockingPool("backup files", threads: 3, maxWaiting: 1000, waitLimit: .seconds(86_400))
    try await closing({ try await files.shutDown() }, after: { try await body(files) })
  }

  static func pictureErasing(_ settings: Settings, _ storage: Storage, _ backups: Backups) -> PictureErasing {
    PictureErasing(ledger: storage.erasures, images: pairedImages(settings, storage), runner: backups.runner)
  }

  static func pairedImages(_ settings: Settings, _ storage: Storage) -> PairedImages {
    PairedImages(images: storage.images, pair: storePair(settings, storage))
  }

  static func storePair(_ settings: Settings, _ storage: Storage) -> StorePair {
    let place = "\(settings.stores.summary) on \(Machine.name)"
    return StorePair(runs: storage.runs, images: storage.images, place: place)
  }

  private static func backupRules(_ settings: Settings) -> BackupRules {
    let backup = settings.backup
    return BackupRules(
      folder: backup.folder, schedule: backup.schedule, zone: backup.zone, retention: backup.retention,
      copyFolder: backup.copyDirectory, includesChunks: backup.includesChunks,
      passphrase: backup.passphrase?.revealed, software: "PoseVault \(programVersion)",
      isAlone: settings.stores.isForOneServer,
      pause: backup.pause, repository: backup.repository)
  }
}
