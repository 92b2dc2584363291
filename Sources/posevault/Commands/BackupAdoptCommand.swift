import ArgumentParser
import Backup
import EmbeddedStorage
import Foundation
import PoseCore
import UnixSignals

struct BackupAdoptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt",
    abstract: "Add existing archives to the list of backups.",
    discussion: """
      After a restore, or with a new database, the archives in BACKUP_DIR are unknown: they are neither listed nor \
      removed by age. This command fully verifies each unknown archive, by restoring its rows elsewhere and comparing \
      them, and adds it to the list. Archives that can't be verified are reported and left alone. What the ledger \
      erased.jsonl next to them says was erased is also removed from this storage, and left out when they are restored.

      Exit status: 0, or 1 if an archive could not be adopted.
      """)

  @OptionGroup var settings: SettingsOptions

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      try await Composition.withStorage(settings.stores, noting: "backup adopt", always: true) { storage in
        try await storage.runs.requireWhole()
        try await Composition.withBackups(of: storage, settings) { backups in
          let work = Task { try await adopt(settings, storage, backups) }
          let signals = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { work.cancel() }
          }
          defer { signals.cancel() }
          try await work.value
        }
      }
    }
  }

  private func adopt(
    _ settings: Settings, _ storage: Composition.Storage, _ backups: Composition.Backups
  ) async throws {
    let scratch = FileManager.default.temporaryDirectory.path + "/posevault-adopt-\(UUID().uuidString)"
    let verifier = ArchiveVerifier(
      scratch: EmbeddedScratch(), scratchFolder: scratch, passphrase: settings.backup.passphrase?.revealed,
      files: backups.files)
    let report = try await ArchiveAdoption(runner: backups.runner, verifier: verifier).adopt()
    for archive in report.adopted { try StandardOutput.write(archive.path) }
    for line in report.left { StandardError.write(line) }
    let upkeep = ErasureUpkeep(ledger: storage.erasures, images: storage.images, runner: backups.runner)
    let erasures = try await upkeep.run()
    for line in erasures.faults { StandardError.write(line) }
    if erasures.learned > 0 {
      StandardError.write(
        "The ledger beside the archives names \(Count.text(erasures.learned, "erasure")) that this database did not know; "
          + "removed: \(Count.text(erasures.removedPoses, "pose")), \(Count.text(erasures.removedPictures, "picture"))."
      )
    }
    if report.adopted.isEmpty, report.left.isEmpty { StandardError.write("There is no archive that no run knows.") }
    if !report.left.isEmpty { throw ExitStatus.someFailed }
  }
}
