import ArgumentParser
import Foundation

@main
enum Main {
  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let refusal = ArgumentPaths.refusal() {
      StandardError.write(refusal)
      exit(64)
    }
    if let hint = PoseVaultCommand.hint(arguments) {
      StandardError.write(hint)
      exit(64)
    }
    // `--version` alone is the argument parser's, which takes no second flag beside it
    if arguments == ["--version", "--verbose"] || arguments == ["--verbose", "--version"] {
      print(Libraries.report)
      return
    }
    await PoseVaultCommand.main(arguments)
  }
}

struct PoseVaultCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "posevault",
    abstract: "Finds 33 body landmarks of people in pictures, stores both, and serves them over HTTP.",
    discussion: """
        posevault serve              the API on http://127.0.0.1:3000
        posevault extract photo.jpg  the landmarks of one picture
        posevault import photos      find people in whole folders, and store everything
        posevault doctor             check the installation

      Settings come from the environment, then from the file given with --env-file, or .env in the working directory. \
      See .env.example for all of them.

      --version --verbose also prints the versions of the libraries.

      Exit status: 0 on success, 1 if something failed, 64 for wrong use, 69 if storage or models can't be used, 74 \
      for file errors, 78 for invalid settings.
      """,
    version: programVersion,
    subcommands: [
      ServeCommand.self, ExtractCommand.self, ImportCommand.self, BackupCommand.self, KeyCommand.self,
      EraseCommand.self, MigrateCommand.self, DoctorCommand.self,
    ])
}

extension PoseVaultCommand {
  /// A hint if a command's name is mistyped; nil if it isn't, or nothing is close enough.
  static func hint(_ arguments: [String]) -> String? {
    var command: any ParsableCommand.Type = PoseVaultCommand.self
    var path = "posevault"
    // a flag, and so not among the commands
    if arguments.first == "version" {
      return "posevault: There is no command 'version'. Did you mean 'posevault --version'?"
    }
    let isHelp = arguments.first == "help"
    if isHelp { path += " help" }
    for argument in isHelp ? arguments.dropFirst() : arguments[...] {
      let subcommands = command.configuration.subcommands
      guard !subcommands.isEmpty, !argument.hasPrefix("-"), argument != "help" else { return nil }
      if let next = subcommands.first(where: { $0.configuration.commandName == argument }) {
        command = next
        path += " " + argument
        continue
      }
      let names = subcommands.compactMap { $0.configuration.commandName }
      guard let meant = NearestWord.to(argument, among: names) else { return nil }
      return "posevault: There is no command '\(Terminal.line(argument))'. Did you mean '\(path) \(meant)'?"
    }
    return nil
  }
}
