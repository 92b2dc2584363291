import ArgumentParser
import Backup
import EmbeddedStorage
import Foundation
import PoseCore
import UnixSignals

struct BackupRestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Restore an archive into an empty storage.",
    discussion: """
      Verifies the archive, restores its pictures and poses unchanged, with their ids and times, and compares all of \
      them with the archive. Archives can be restored into any kind of storage, so you can also use this to move from \
      one to another.

      MySQL and MongoDB must be empty; to replace live databases, put new database names in the settings. Servers on \
      the same databases answer 503 until the restore is finished. Embedded storage must not be in use. --replace \
      replaces existing poses and pictures, and keeps the old data in a folder whose name is printed.

      If a restore is interrupted, run the same command again to continue, or use --discard to undo it. Until then \
      the storage can't be used. Temporary files are written to TMPDIR.

      --salvage is for a damaged archive when there is no better copy: it restores the intact pictures and poses, and \
      prints what is missing. The storage is then incomplete.

      --only-poses restores only the poses, if you don't need the pictures; with a run in a repository, it doesn't \
      read them. Backups of that storage are in doubt until you accept one.

      What was erased (`posevault erase`) since the archive was made is not restored: the ledger erased.jsonl beside \
      the archive, in BACKUP_DIR and in BACKUP_COPY_DIR says what that is.

      --picture extracts single pictures to the folder given by --output, each named by its id. The storage isn't \
      used, and from a run in a repository, only these pictures are read.

      Exit status: 0 on success, 2 if the archive is damaged and nothing was written, 3 if --salvage left something \
      out or a --picture was not found, 1 for other failures, 64 for wrong use.
      """)

  @Flag(help: "Verify the archive and print what would be done, without changing anything.")
  var dryRun = false

  @Flag(help: "Embedded storage: replace existing poses and pictures, and keep a copy of them.")
  var replace = false

  @Flag(help: "Undo an interrupted restore: remove what it has stored so far. Needs no archive.")
  var discard = false

  @Flag(help: "Restore the intact parts of a damaged or truncated archive, and print what is missing.")
  var salvage = false

  @Flag(help: "Restore the poses without their pictures.")
  var onlyPoses = false

  @Option(
    name: .customLong("picture"),
    help: ArgumentHelp("Extract this picture as a file. Can be repeated.", valueName: "id"))
  var pictures: [String] = []

  @Option(help: ArgumentHelp("The folder for pictures extracted with --picture.", valueName: "folder"))
  var output: String?

  @Flag(help: "With --discard: don't ask for confirmation.")
  var yes = false

  @OptionGroup var settings: SettingsOptions

  @Argument(help: ArgumentHelp("The archive; not needed with --discard.", valueName: "file"))
  var file: String?

  func validate() throws {
    if discard, replace { throw ValidationError("--replace and --discard can't be combined.") }
    if salvage, replace || discard {
      throw ValidationError("--salvage needs an empty storage; it can't be combined with --replace or --discard.")
    }
    if pictures.isEmpty != (output == nil) { throw ValidationError("--picture and --output must be used together.") }
    if onlyPoses, discard || salvage {
      throw ValidationError("--only-poses can't be combined with --discard or --salvage.")
    }
    if !pictures.isEmpty, replace || discard || salvage || dryRun || onlyPoses {
      throw ValidationError(
        "--picture can't be combined with --replace, --discard, --salvage, --only-poses or --dry-run.")
    }
    if let text = pictures.first(where: { ImageID($0) == nil }) {
      throw ValidationError("'\(text)' is not a picture id (24 hexadecimal digits).")
    }
    if yes, !discard { throw ValidationError("--yes can only be used with --discard.") }
    if file == nil, !discard { throw ValidationError("Missing argument: archive file.") }
    if discard, !yes, !dryRun, isatty(STDIN_FILENO) != 1 {
      throw ValidationError("--discard asks for confirmation, which needs a terminal. Add --yes to skip it.")
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
          StandardError.write("Run `posevault backup adopt` to list the archives in \(settings.backup.folder) again.")
          StandardError.write(
            "Archives don't contain keys: create an owner's key with `posevault key add --name NAME --role owner`.")
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
