public import PoseCore

/// What a restore of an archive would leave out, because it was erased since.
public struct ErasedContents: Sendable {
  private let scratch: any ScratchStore
  private let spoolFolder: String
  private let files: BlockingPool

  /// - Parameters:
  ///   - scratch: makes working indexes, in `spoolFolder`.
  ///   - files: where the archive is read.
  public init(scratch: any ScratchStore, spoolFolder: String, files: BlockingPool) {
    self.scratch = scratch
    self.spoolFolder = spoolFolder
    self.files = files
  }

  /// Throws ``PoseVaultError``: `backupUnproven` where the archive is not any more what was proven, `fileSystem` where it
  /// can't be read.
  ///
  /// - Parameter manifest: what the archive's proof gave.
  public func count(
    _ erased: [Erasure], in path: String, _ manifest: Manifest, passphrase: String?, scope: RestoreScope
  ) async throws -> ErasedAgain {
    var found = ErasedAgain()
    guard !erased.isEmpty else { return found }
    do {
      let archive = try await files.run { [scratch, spoolFolder] in
        try ProvenArchive(
          path, manifest, passphrase: passphrase, indexes: IndexMaker(scratch: scratch, folder: spoolFolder))
      }
      let pictures = Set(erased.compactMap(\.picture))
      let poses = Set(erased.compactMap { $0.pose(of: manifest.datasetID) })
      if scope == .everything {
        found.pictures = try await files.run { try pictures.count { try archive.inventory.picture($0) != nil } }
      }
      let rows = try await DumpRows(archive, files)
      while let page = try await rows.next() {
        found.poses += page.count { row in ImageID(row.imageID).map(pictures.contains) ?? poses.contains(row.id) }
      }
      guard scope == .everything, let table = manifest.tables.first(where: { $0.name == TrashLine.table }) else {
        return found
      }
      let lines = try await TableLines(of: table, at: path, passphrase: passphrase, files: files)
      while let page = try await lines.next() {
        found.poses += page.compactMap { try? TrashLine($0) }.count { line in
          line.pose != nil && ImageID(line.imageId).map(pictures.contains) ?? false
        }
      }
      return found
    } catch let damage as ArchiveDamage {
      throw PoseVaultError(.backupUnproven, "The archive has changed since it was proven. \(damage.line).")
    }
  }
}

extension SalvagePlan {
  /// How many of these are among the whole pictures.
  public func count(_ erased: [Erasure]) -> Int {
    let pictures = Set(erased.compactMap(\.picture))
    let found = packed?.pictures.map(\.id) ?? catalogue.pictures.compactMap { $0.name.picture }
    return found.count { pictures.contains($0) }
  }
}
