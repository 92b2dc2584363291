import Backup
import EmbeddedStorage
import PoseCore

/// Gives up a restore that was interrupted.
struct Discarding {
  let isDryRun: Bool
  let mayAsk: Bool

  func discard(_ target: FolderTarget) async throws {
    try await target.withFolder { folder in
      if try await folder.pendingArchive() != nil {
        throw PoseVaultError(
          .restoring,
          "The restore into \(target.directory) is complete but for its last step: run it again to finish it. What was "
            + "there before is kept.")
      }
      guard try await folder.isBuilding() else { throw Self.nothing }
      let found = "A restore into \(target.directory) was interrupted. What was there before it stays."
      guard try await confirm(found) else { return }
      try await folder.discard()
      try StandardOutput.write("The restore is given up; \(target.directory) is as it was before.")
    }
  }

  func discard(_ target: StoresTarget) async throws {
    // where nothing is to be given up, nothing is made or changed, either
    guard try await target.restoreMark() != nil else { throw Self.nothing }
    try await target.withTarget { stores, storage in
      guard let mark = try await stores.runs.restoreMark() else { throw Self.nothing }
      let rows = try await stores.contents().poses
      let found =
        "A restore of \(mark.file), run on \(mark.host), was interrupted. There are \(rows) poses now in these stores: "
        + "\(target.stores.summary)."
      guard try await confirm(mark.hasBegun ? found : found + " The restore had stored none of them; they all stay.")
      else { return }
      try await ArchiveRestorer.discard(stores, by: Composition.restoreOrigin, clock: Composition.clock) {
        _ = try await storage.images.remove(strays: storage.images.strays(before: .max))
      }
      try StandardOutput.write(
        mark.hasBegun
          ? "The restore is given up; the databases are empty." : "The restore is given up; it had stored nothing.")
    }
  }

  private func confirm(_ found: String) async throws -> Bool {
    if isDryRun {
      try StandardOutput.write(found + " All poses and pictures in it would be removed.")
      return false
    }
    guard mayAsk else { return true }
    return try await StandardInput.confirms(found + " Remove all poses and pictures in it?")
  }

  private static let nothing = PoseVaultError(
    .badRequest, "No restore was interrupted here: there is nothing to give up.")
}
