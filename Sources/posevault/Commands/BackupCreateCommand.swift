import ArgumentParser
import Backup
import PoseCore
import UnixSignals

struct BackupCreateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Back up everything to BACKUP_DIR or BACKUP_REPOSITORY, and verify the result.",
    discussion: """
      Can be used while serve is running. Prints the path of the archive. It is mailed, copied and kept like the \
      nightly ones.

      --zip writes one complete archive to the given file, even with a repository. It is verified in the same way, but \
      neither listed nor mailed, and is never removed automatically.

      Exit status: 0 if the archive is proven, 1 if the backup failed or another one is running, 2 if the archive \
      didn't match the stores and was deleted.
      """)

  @Option(help: ArgumentHelp("Write one complete archive to this file.", valueName: "file"))
  var zip: String?

  @OptionGroup var settings: SettingsOptions

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      try await Composition.withStorage(settings.stores, noting: "backup create") { storage in
        if zip != nil { try await storage.runs.requireWhole() }
        try await Composition.withBackups(of: storage, settings) { backups in
          if let zip { try await create(zip, backups.runner) } else { try await create(backups.runner) }
        }
      }
    }
  }

  private func create(_ file: String, _ runner: BackupRunner) async throws {
    let interrupts = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let progress = PhaseLine()
    let work = Task { try await runner.createFile(at: file) { progress.show($0.rawValue, $1) } }
    let signals = Task {
      for await _ in interrupts { work.cancel() }
    }
    defer { signals.cancel() }
    let result = await work.result
    progress.clear()
    do {
      let made = try result.get()
      for warning in made.manifest.warnings { StandardError.write("Warning: \(warning)") }
      try StandardOutput.write(made.path)
    } catch let error as PoseVaultError {
      StandardError.write(error)
      throw error.code == .backupUnproven ? ExitStatus.unproven : ExitStatus.someFailed
    }
  }

  private func create(_ runner: BackupRunner) async throws {
    // before the work begins, so that no signal ends the process in the middle of it
    let interrupts = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let run = try await begin(runner)
    let progress = PhaseLine()
    let work = Task { await runner.complete(run) { progress.show($0.rawValue, $1) } }
    let signals = Task {
      for await _ in interrupts { work.cancel() }
    }
    defer { signals.cancel() }
    let ended = await work.value
    progress.clear()
    for line in ended.notes + ended.troubles { StandardError.write(line) }
    switch ended.run.state {
    case .proven(let archive, _):
      for warning in archive.warnings { StandardError.write("Warning: \(warning)") }
      StandardError.write(BackupLog.line(archive))
      try StandardOutput.write(archive.path)
    case .failed(let message, _, _):
      StandardError.write("posevault: \(message)")
      throw ended.isUnproven ? ExitStatus.unproven : ExitStatus.someFailed
    case .running: throw ExitStatus.someFailed
    }
  }

  private func begin(_ runner: BackupRunner) async throws -> BackupRun {
    for line in BackupLog.lines(try await runner.cleanUp()) { StandardError.write(line) }
    switch try await runner.begin(nil) {
    case .begun(let run): return run
    case .running(let other), .claimed(let other):
      StandardError.write(
        "posevault: Another backup is running: run \(other.id), by process \(other.origin.pid) on "
          + "\(other.origin.host).")
    case .restoring(let mark):
      StandardError.write(
        "posevault: A restore is in progress or was interrupted: process \(mark.pid) on \(mark.host).")
    }
    throw ExitStatus.someFailed
  }
}
