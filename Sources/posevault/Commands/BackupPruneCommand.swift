import ArgumentParser
import Backup
import PoseCore

struct BackupPruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove old archives and copies by the retention rules, as every backup does.",
    discussion: """
      Only files recorded by a run of this storage are removed, and only if they are still byte for byte what was \
      verified. Nothing is removed while the backups are in doubt; while they are failing or overdue, backups remove \
      nothing, but this command does, so that a full disk can be freed. Prints the removed paths; with --dry-run, \
      prints for each archive whether it would be kept or removed, and why.

      Exit status: 0, or 1 if an old archive could not be removed.
      """)

  @Flag(help: "Only print what would be removed.")
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
