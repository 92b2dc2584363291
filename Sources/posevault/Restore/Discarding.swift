import Backup
import EmbeddedStorage
import PoseCore

/// Discards an interrupted restore.
struct Discarding {
  let isDryRun: Bool
  let mayAsk: Bool

  func discard(_ target: FolderTarget) async throws {
    try await target.withFolder { folder in
      if try await folder.pendingArchive() != nil {
        throw PoseVaultError(
          .restoring,
          "The restore into \(target.directory) is complete except for its last step: run it again to finish it. The "
            + "previous data is kept.")
      }
      guard try await folder.isBuilding() else { throw Self.nothing }
      let found = "A restore into \(target.directory) was interrupted. The previous data is kept."
      guard try await confirm(found) else { return }
      try await folder.discard()
      try StandardOutput.write("The restore was discarded; \(target.directory) is unchanged.")
    }
  }

  func discard(_ target: StoresTarget) async throws {
    // where nothing is to be given up, nothing is made or changed, either
    guard try await target.restoreMark() != nil else { throw Self.nothing }
    try await target.withTarget { stores, storage in
      guard let mark = try await stores.runs.restoreMark() else { throw Self.nothing }
      let rows = try await stores.contents().poses
      let found =
        "A restore of \(mark.file), run on \(mark.host), was interrupted. These stores now contain \(rows) poses: "
        + "\(target.stores.summary)."
      guard try await confirm(mark.hasBegun ? found : found + " The restore had stored none of them; they all stay.")
      else { return }
      try await ArchiveRestorer.discard(stores, by: Composition.restoreOrigin, clock: Composition.clock) {
        _ = try await storage.images.remove(strays: storage.images.strays(before: .max))
      }
      try StandardOutput.write(
        mark.hasBegun
          ? "The restore was discarded; the databases are empty." : "The restore was discarded; it had stored nothing.")
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
    .badRequest, "There is no interrupted restore to discard.")
}
