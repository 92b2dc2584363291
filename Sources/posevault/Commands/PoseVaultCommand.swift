import ArgumentParser

@main
struct PoseVaultCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "posevault",
    abstract: "Finds people's 33 body landmarks in pictures, keeps both, and serves them over HTTP.",
    discussion: """
        posevault serve              the API on http://127.0.0.1:3000
        posevault extract photo.jpg  the landmarks of one picture
        posevault import photos      the same for whole folders, stored
        posevault doctor             what is wrong here, if anything

      Settings come from the environment, then from the file .env in the working directory or the one that \
      --env-file names. .env.example lists them all.

      Exit status: 0 when all went well, 1 when some of it failed, 64 for wrong use, 69 when storage or models \
      cannot be used, 74 for a file that cannot be written, 78 for wrong settings.
      """,
    version: programVersion,
    subcommands: [
      ServeCommand.self, ExtractCommand.self, ImportCommand.self, BackupCommand.self, MigrateCommand.self,
      DoctorCommand.self,
    ])
}
