import ArgumentParser
import Backup
import EmbeddedStorage
import Foundation
import PoseCore
import UnixSignals

struct BackupRestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put what an archive holds into an empty storage.",
    discussion: """
      Proves the archive first, then stores its pictures and poses as they were, with their ids and times, and then \
      compares all of it with the archive. An archive from any storage restores into any other, so this is also the \
      way to move from one to another.

      MySQL and MongoDB must be empty; to replace live databases, name new ones in the settings. Servers on the same \
      databases answer 503 until the restore has ended. Embedded storage must not be in use, and is built beside what \
      is there; --replace puts it in the place of poses that are there, which are kept in a folder that is named.

      A restore that was interrupted is finished by the same command again, or given up by --discard. Until then \
      nothing else may use the storage. Working files go to the folder for temporary files (TMPDIR).

      --salvage is for a damaged archive of which there is no better copy: it restores the pictures and poses that \
      are whole, and prints what it leaves out. That storage then lacks something.

      --only-poses leaves the pictures out, and of a run in a repository does not read them: for work with the poses \
      alone. Backups of that storage are in doubt until somebody accepts one.

      What was erased (`posevault erase`) since the archive was made is not restored: the ledger erased.jsonl beside \
      the archive, in BACKUP_DIR and in BACKUP_COPY_DIR says what that is.

      --picture takes single pictures out of an archive instead, into the folder of --output, each under its id. No \
      storage is touched, and of a run in a repository only the bytes of these pictures are read.

      Exit status: 0 when it is done, 2 when the archive is damaged and nothing was written, 3 when --salvage left \
      something out or a --picture is not there, 1 when it failed otherwise, 64 for wrong use.
      """)

  @Flag(help: "Verify the archive and show what would be done; change nothing.")
  var dryRun = false

  @Flag(help: "Embedded storage: replace the poses and pictures that are there, and keep them aside.")
  var replace = false

  @Flag(help: "Give up a restore that was interrupted: remove what it has stored so far. Reads no archive.")
  var discard = false

  @Flag(help: "Restore what is whole of a damaged or cut archive into an empty storage, and name the rest.")
  var salvage = false

  @Flag(help: "Restore the poses without their pictures.")
  var onlyPoses = false

  @Option(
    name: .customLong("picture"),
    help: ArgumentHelp("Write this picture of the archive as a file; may be given several times.", valueName: "id"))
  var pictures: [String] = []

  @Option(help: ArgumentHelp("The folder that --picture writes to.", valueName: "folder"))
  var output: String?

  @Flag(help: "With --discard: don't ask.")
  var yes = false

  @OptionGroup var settings: SettingsOptions

  @Argument(help: ArgumentHelp("The archive; not needed by --discard.", valueName: "file"))
  var file: String?

  func validate() throws {
    if discard, replace { throw ValidationError("--replace and --discard exclude each other.") }
    if salvage, replace || discard {
      throw ValidationError("--salvage goes into an empty storage: without --replace and --discard.")
    }
    if pictures.isEmpty != (output == nil) { throw ValidationError("--picture and --output go together.") }
    if onlyPoses, discard || salvage { throw ValidationError("--only-poses goes without --discard and --salvage.") }
    if !pictures.isEmpty, replace || discard || salvage || dryRun || onlyPoses {
      throw ValidationError("--picture goes without --replace, --discard, --salvage, --only-poses and --dry-run.")
    }
    if let text = pictures.first(where: { ImageID($0) == nil }) {
      throw ValidationError("'\(text)' is no picture's id: 24 hexadecimal digits.")
    }
    if yes, !discard { throw ValidationError("--yes goes with --discard.") }
    if file == nil, !discard { throw ValidationError("Missing argument: archive file.") }
    if discard, !yes, !dryRun, isatty(STDIN_FILENO) != 1 {
      throw ValidationError("--discard asks before it removes anything and needs a terminal for that; else add --yes.")
    }
  }

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      // before the work begins, so that no signal ends the process in the middle of it
      let interrupts = await UnixSignalsSequence(trapping: .sigint, .sigterm)
      let work = Task { try await restore(settings) }
      let signals = Task {
        for await _ in interrupts { work.cancel() }
      }
      defer { signals.cancel() }
      do {
        try await work.value
        if !dryRun, !discard, pictures.isEmpty {
          StandardError.write("`posevault backup adopt` takes the archives in \(settings.backup.folder) on again.")
          StandardError.write(
            "Archives hold no keys: `posevault key add --name NAME --role owner` makes a new owner's key.")
        }
      } catch let error as PoseVaultError {
        StandardError.write(error)
        throw ExitStatus.someFailed
      } catch let error as CancellationError {
        StandardError.write("Not finished.")
        throw error
      }
    }
  }

  private func restore(_ settings: Settings) async throws {
    try await Composition.withBackupFiles { files in
      let passphrase = settings.backup.passphrase?.revealed
      let ledgers = ErasureFiles.all(beside: file, settings.backup)
      if let output { return try await extract(into: output, passphrase, ledgers: ledgers, files) }
      let discarding = Discarding(isDryRun: dryRun, mayAsk: !yes)
      if let directory = settings.stores.folder {
        let storage = FolderTarget(directory: directory, files: files)
        if discard { return try await discarding.discard(storage) }
        try await storage.restore(order(passphrase, ledgers: ledgers, files))
      } else {
        let storage = StoresTarget(stores: settings.stores, files: files)
        if discard { return try await discarding.discard(storage) }
        try await storage.restore(order(passphrase, ledgers: ledgers, files))
      }
    }
  }

  private func extract(
    into folder: String, _ passphrase: String?, ledgers: [ErasureFile], _ files: BlockingPool
  ) async throws {
    let erased = Set(try await ErasureFiles.read(ledgers, files).compactMap(\.picture))
    let wanted = Set(pictures.compactMap { ImageID($0) })
    let extract = PictureExtract(
      scratch: EmbeddedScratch(), spoolFolder: FileManager.default.temporaryDirectory.path, passphrase: passphrase,
      files: files)
    var report = try await extract.extract(wanted.subtracting(erased), from: file ?? "", into: folder)
    report.missing += wanted.intersection(erased).sorted().map { "The picture \($0) was erased, and is not taken out." }
    for path in report.written { try StandardOutput.write(path) }
    for line in report.missing { StandardError.write(line) }
    if !report.missing.isEmpty { throw ExitStatus.incomplete }
  }

  private func order(_ passphrase: String?, ledgers: [ErasureFile], _ files: BlockingPool) -> RestoreOrder {
    RestoreOrder(
      file: file ?? "", passphrase: passphrase, isDryRun: dryRun, replaces: replace, isSalvage: salvage,
      scope: onlyPoses ? .poses : .everything, ledgers: ledgers, files: files)
  }
}
