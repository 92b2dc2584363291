import ArgumentParser
import Backup
import EmbeddedStorage
import Foundation
import PoseCore
import UnixSignals

struct BackupVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Verify an archive: read all of it, restore its rows elsewhere, and compare.",
    discussion: """
      Needs no storage; the rows are restored into a temporary database in TMPDIR. Encrypted archives require \
      BACKUP_PASSPHRASE.

      Exit status: 0 if the archive is proven, 2 if it is damaged (what and where is printed), 1 if it could not be \
      checked.
      """)

  @OptionGroup var settings: SettingsOptions

  @Argument(help: ArgumentHelp("The archive.", valueName: "file"))
  var file: String

  func run() async throws {
    try await reportingFailure {
      let settings = try Settings(settings.source())
      try await Composition.withBackupFiles { files in
        let scratch = FileManager.default.temporaryDirectory.path + "/posevault-verify-\(UUID().uuidString)"
        let verifier = ArchiveVerifier(
          scratch: EmbeddedScratch(), scratchFolder: scratch, passphrase: settings.backup.passphrase?.revealed,
          files: files)
        let progress = PhaseLine()
        // before the work begins, so that no signal ends the process in the middle of it
        let interrupts = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let work = Task { try await verifier.verify(file) { progress.show("proof", $0) } }
        let signals = Task {
          for await _ in interrupts { work.cancel() }
        }
        defer { signals.cancel() }
        let result = await work.result
        progress.clear()
        try tell(result.get())
      }
    }
  }

  private func tell(_ verdict: Verdict) throws {
    switch verdict {
    case .proven(let manifest):
      for warning in manifest.warnings { StandardError.write("Warning: \(warning)") }
      try StandardOutput.write("\(file): proven, \(manifest.archivedRows) poses and \(manifest.pictures) pictures")
    case .damaged(let findings):
      for finding in findings { try StandardOutput.write("\(file): \(finding)") }
      throw ExitStatus.unproven
    case .undecided(let error):
      StandardError.write(error)
      throw ExitStatus.someFailed
    }
  }
}
