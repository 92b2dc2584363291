import ArgumentParser
import Backup
import PoseCore

struct BackupPruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove all but the BACKUP_KEEP newest proven archives, as each proven backup does.",
    discussion: """
      Removes only files that a run of this storage has recorded and that are still, byte by byte, the archives that \
      were proven then. Nothing is removed after a backup that has shrunk. Prints the paths that were removed.

      Exit status: 0, or 1 when an old archive had to be left.
      """)

  @Flag(help: "Remove nothing, but print what would be removed.")
  var dryRun = false

  @OptionGroup var settings: SettingsOptions

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.storage))
      try await Composition.withStorage(settings.storage) { storage in
        try await storage.runs.requireWhole()
        try await Composition.withBackups(settings, storage) { backups in
          let retention = Retention(runs: backups.runs, files: backups.files)
          let report = try await retention.prune(keep: backups.rules.keep, isRehearsal: dryRun)
          for path in report.removed { try StandardOutput.write(path) }
          for line in report.left { StandardError.write(line) }
          if !report.left.isEmpty { throw ExitStatus.someFailed }
        }
      }
    }
  }
}
