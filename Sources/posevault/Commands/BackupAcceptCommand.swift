import ArgumentParser
import Backup
import PoseCore

struct BackupAcceptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept",
    abstract: "Say that what an archive lacks may be missing.",
    discussion: """
      A backup that holds much less than the best one that is kept, or lacks pictures, is in doubt: every mail says so, \
      and no older archive is removed. Once its run is accepted, later runs are compared with this one, and older \
      archives are removed by age again.

      `posevault backup list` shows the runs and what is in doubt.
      """)

  @OptionGroup var settings: SettingsOptions

  @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
  var id: Int

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      try await Composition.withStorage(settings.stores, noting: "backup accept") { storage in
        try await storage.runs.requireWhole()
        try await Composition.withBackups(of: storage, settings) { backups in
          let run = try await BackupDesk(backups.runner).accept(id)
          for doubt in run.archive?.doubts ?? [] { try StandardOutput.write("Accepted: \(doubt)") }
        }
      }
    }
  }
}
