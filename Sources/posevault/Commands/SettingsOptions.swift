import ArgumentParser
import Foundation

/// Where a command's settings come from.
struct SettingsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The settings file. Default: .env in the working directory, if there is one.",
      discussion: "Relative paths in it are relative to its folder.", valueName: "file"))
  var envFile: String?

  func source() throws -> SettingsSource {
    try EnvironmentText.check()
    return try SettingsSource.load(file: envFile, environment: ProcessInfo.processInfo.environment)
  }
}
