import ArgumentParser
import PoseCore

struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Create or upgrade the storage's tables.",
    discussion: "serve does the same at startup. Can be repeated, and used while serve is running.")

  @OptionGroup var settings: SettingsOptions

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      try await Composition.withStorage(settings.stores) { storage in
        try await storage.runs.requireWhole()
        StandardError.write("The tables are up to date; poses: \(try await storage.poses.count()).")
      }
    }
  }
}
