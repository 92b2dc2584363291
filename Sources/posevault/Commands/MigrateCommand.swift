import ArgumentParser
import PoseCore

struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Create the storage's tables, or bring them up to date.",
    discussion: "serve does the same at its start. Safe to run again, and beside a running serve.")

  @OptionGroup var settings: SettingsOptions

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      try await Composition.withStorage(settings.stores) { storage in
        try await storage.runs.requireWhole()
        StandardError.write("The tables are up to date; poses in them: \(try await storage.poses.count()).")
      }
    }
  }
}
