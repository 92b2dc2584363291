import Backup
import EmbeddedStorage
import Foundation
import PoseCore

/// What to restore, and how.
struct RestoreOrder: Sendable {
  let file: String
  let passphrase: String?
  let isDryRun: Bool
  /// Whether embedded storage that is not empty may be replaced.
  let replaces: Bool
  /// Whether the intact parts of a damaged archive are enough.
  let isSalvage: Bool
  /// What to restore from an intact archive.
  let scope: RestoreScope
  /// Where the erasure ledger may be: next to the archive, and in the settings' archive folders.
  let ledgers: [ErasureFile]
  /// What the storage knows as erased whose place the restored one takes.
  var replaced: [Erasure] = []
  let files: BlockingPool

  /// Such as `2025-12-10-backup.zip`.
  var name: String { URL(filePath: file).lastPathComponent }

  /// What was erased since the archive was made. If part of it can't be read, this is reported: that part then comes
  /// back.
  func erased() async throws -> [Erasure] {
    try await ErasureFiles.read(ledgers, files) + replaced
  }

  /// Reads the whole archive; throws the exit status of a damaged one.
  func prove() async throws -> Manifest {
    let scratch = FileManager.default.temporaryDirectory.path + "/posevault-restore-\(UUID().uuidString)"
    let verifier = ArchiveVerifier(
      scratch: EmbeddedScratch(), scratchFolder: scratch, passphrase: passphrase, files: files, restoring: scope)
    let progress = PhaseLine()
    let result = await Result.of { try await verifier.verify(file) { progress.show("proof", $0) } }
    progress.clear()
    switch try result.get() {
    case .proven(let manifest):
      for warning in manifest.warnings { StandardError.write("Warning: \(warning)") }
      return manifest
    case .damaged(let findings):
      for finding in findings { StandardError.write("\(file): \(finding)") }
      StandardError.write("The archive is damaged; nothing was restored.")
      throw ExitStatus.unproven
    case .undecided(let error): throw error
    }
  }

  /// Finds what is left of a damaged archive.
  func planSalvage() async throws -> SalvagePlan {
    let progress = PhaseLine()
    let result = await Result.of {
      try await ArchiveRestorer.planSalvage(of: file, passphrase: passphrase, files) { progress.show("search", $0) }
    }
    progress.clear()
    return try result.get()
  }

  /// Says what of the archive would be left out because it was erased.
  ///
  /// - Parameter known: erasures that the storage itself has, beside those of the ledgers' files.
  func tellErased(_ manifest: Manifest, known: [Erasure] = []) async throws {
    let erased = try await erased() + known
    let contents = ErasedContents(
      scratch: EmbeddedScratch(), spoolFolder: FileManager.default.temporaryDirectory.path, files: files)
    let found = try await contents.count(erased, in: file, manifest, passphrase: passphrase, scope: scope)
    guard found.poses + found.pictures > 0 else { return }
    try StandardOutput.write(
      "Left out, because it has been erased since the archive was made: \(Count.text(found.poses, "pose")) and "
        + "\(Count.text(found.pictures, "picture")).")
  }

  func describe(_ plan: SalvagePlan) async throws {
    let erased = plan.count(try await erased())
    for line in plan.faults { StandardError.write("\(file): \(line)") }
    try StandardOutput.write(
      "\(name): \(Count.text(plan.pictures, "picture")) (\(plan.pictureBytes / 1_000_000) MB) are intact.")
    guard erased > 0 else { return }
    try StandardOutput.write(
      "Left out, because it has been erased since the archive was made: \(Count.text(erased, "picture")).")
  }

  /// Restores the intact parts, and reports the rest.
  func salvage(_ plan: SalvagePlan, into target: RestoreTarget) async throws -> SalvageReport {
    let progress = PhaseLine()
    let erased = try await erased()
    let result = await Result.of {
      try await restorer(target).salvage(plan, named: name, erased: erased) { progress.show($0.rawValue, $1) }
    }
    progress.clear()
    let report = try result.get()
    for line in report.leftOut { StandardError.write("\(file): \(line)") }
    return report
  }

  func done(_ report: SalvageReport, in place: String) throws {
    try StandardOutput.write(
      "Salvaged \(Count.text(report.poses, "pose")) and \(Count.text(report.pictures, "picture")) into \(place).")
    try Self.tell(report.erased)
    guard report.leftOut.isEmpty else {
      StandardError.write("The storage is incomplete; what is missing is listed above.")
      StandardError.write("Its backups are in doubt until you make a new one and accept it.")
      throw ExitStatus.incomplete
    }
  }

  private func restorer(_ target: RestoreTarget) -> ArchiveRestorer {
    ArchiveRestorer(
      target: target, origin: Composition.restoreOrigin, scratch: EmbeddedScratch(),
      spoolFolder: FileManager.default.temporaryDirectory.path,
      files: files, clock: Composition.clock)
  }

  func fill(_ target: RestoreTarget, _ manifest: Manifest) async throws {
    let restorer = restorer(target)
    let erased = try await erased()
    let progress = PhaseLine()
    let result = await Result.of {
      try await restorer.restore(
        file, manifest, named: name, passphrase: passphrase, scope: scope, erased: erased
      ) { progress.show($0.rawValue, $1) }
    }
    progress.clear()
    try Self.tell(try result.get())
  }

  private static func tell(_ removed: ErasedAgain) throws {
    guard removed.poses + removed.pictures > 0 else { return }
    try StandardOutput.write(
      "Removed again, because it had been erased since the archive was made: \(Count.text(removed.poses, "pose")) and "
        + "\(Count.text(removed.pictures, "picture")).")
  }

  /// Such as `2 poses and 1 pictures (12 MB), made 2025-12-10T23:59:00Z from …`.
  func describe(_ manifest: Manifest) -> String {
    "\(name): proven, \(manifest.archivedRows) poses and \(manifest.pictures) pictures "
      + "(\(manifest.pictureBytes / 1_000_000) MB) from \(manifest.source)"
  }

  func done(_ manifest: Manifest, in place: String) -> String {
    if scope == .poses {
      return
        "Restored \(manifest.archivedRows) poses, without their \(manifest.pictures) pictures, into \(place), and "
        + "compared them with the archive."
    }
    return
      "Restored \(manifest.archivedRows) poses and \(manifest.pictures) pictures into \(place), and compared them with "
      + "the archive."
  }
}

/// The ledgers next to archives, with problems reported to a person.
enum ErasureFiles {
  /// Those next to the archive `file`, and those in the settings; each once.
  static func all(beside file: String?, _ backup: BackupSettings) -> [ErasureFile] {
    var files = file.map { ErasureFile.files(beside: $0) } ?? []
    files += ([backup.folder] + (backup.copyDirectory.map { [$0] } ?? [])).map { ErasureFile(in: $0) }
    var seen: Set<String> = []
    return files.filter { seen.insert(Path.absolute($0.path, in: Path.workingDirectory)).inserted }
  }

  /// What can't be read is reported on standard error.
  static func read(_ ledgers: [ErasureFile], _ files: BlockingPool) async throws -> [Erasure] {
    var erased: [Erasure] = []
    for ledger in ledgers {
      do {
        let contents = try await files.run { try ledger.read() }
        erased += contents.erasures
        guard contents.damagedLines > 0 else { continue }
        StandardError.write(
          "Warning: \(ledger.path): \(Count.text(contents.damagedLines, "line")) can't be read; what was erased by it may "
            + "come back.")
      } catch let error as PoseVaultError where error.code == .fileSystem {
        StandardError.write("Warning: \(error.message) What it says was erased may come back.")
      }
    }
    return erased
  }
}

extension Result where Failure == any Error {
  static func of(_ body: () async throws -> Success) async -> Self {
    do { return .success(try await body()) } catch { return .failure(error) }
  }
}
