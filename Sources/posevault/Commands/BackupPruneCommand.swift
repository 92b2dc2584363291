import ArgumentParser
import Backup
import PoseCore

struct BackupPruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove the archives and copies that the rules don't keep, as each backup does.",
    discussion: """
      Removes only files that a run of this storage has recorded and that are still, byte by byte, the archives that \
      were proven then. Nothing is removed while the backups are in doubt, failing or overdue. Prints the paths that \
      were removed; with --dry-run, each archive, what would become of it, and why.

      Exit status: 0, or 1 when an old archive had to be left.
      """)

  @Flag(help: "Remove nothing, but print what would be removed.")
  var dryRun = false

  @OptionGroup var settings: SettingsOptions

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      let action = dryRun ? nil : "backup prune"
      try await Composition.withStorage(settings.stores, noting: action, always: true) { storage in
        try await storage.runs.requireWhole()
        try await Composition.withBackups(of: storage, settings) { backups in
          let report = try await Retention(backups.runner).prune(isRehearsal: dryRun, isAsked: true)
          for line in dryRun ? report.reasons : report.removed { try StandardOutput.write(line) }
          for line in report.left { StandardError.write(line) }
          if !report.left.isEmpty { throw ExitStatus.someFailed }
        }
      }
    }
  }
}
