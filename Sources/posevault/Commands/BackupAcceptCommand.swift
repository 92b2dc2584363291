import ArgumentParser
import Backup
import PoseCore

struct BackupAcceptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept",
    abstract: "Accept what a backup lacks.",
    discussion: """
      A backup is in doubt if it contains much less than the best archive, or if pictures are missing: every mail \
      reports it, and no old archive is removed. Up to 5 lost or damaged pictures don't put it in doubt, but are \
      reported, too, until they are accepted or repaired. Accepting a backup means that the loss is intended: later runs are compared \
      with this one, and old archives are again removed by age.

      `posevault backup list` shows the runs and which of them are in doubt.
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
          let desk = BackupDesk(backups.runner)
          let losses = try await desk.run(id)?.archive?.openLosses ?? []
          let run = try await desk.accept(id)
          for doubt in run.archive?.doubts ?? [] { try StandardOutput.write("Accepted: \(doubt)") }
          for picture in losses { try StandardOutput.write("Accepted: the picture \(picture) is lost or damaged.") }
        }
      }
    }
  }
}
