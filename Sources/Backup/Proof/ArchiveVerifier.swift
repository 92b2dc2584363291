public import PoseCore

/// Proves an archive: reads all of it, restores its rows into a throwaway database, and compares.
///
/// It takes nothing from the code that made the archive but the file, and the written format.
public struct ArchiveVerifier: Sendable {
  let scratch: any ScratchStore
  let scratchFolder: String
  let passphrase: String?
  let files: BlockingPool
  /// The repository of a run that does not lie there yet; nil where the run's place tells.
  var repository: PackFolder?
  /// What is to be restored: packs are not even looked for where that is only the poses.
  let restoring: RestoreScope
  /// Which packs of a repository are read.
  var scope = PackProof.Scope.all

  /// - Parameters:
  ///   - scratchFolder: where the throwaway database lies meanwhile; there must be nothing of that name.
  ///   - files: where the archive is read.
  public init(
    scratch: any ScratchStore, scratchFolder: String, passphrase: String?, files: BlockingPool,
    restoring: RestoreScope = .everything
  ) {
    self.restoring = restoring
    self.scratch = scratch
    self.scratchFolder = scratchFolder
    self.passphrase = passphrase
    self.files = files
  }

  /// - Parameter report: told how much of the archive was read, 0…1.
  ///
  /// Throws nothing but `CancellationError`.
  public func verify(_ path: String, report: @escaping @Sendable (Double) -> Void = { _ in }) async throws -> Verdict {
    do {
      let (inventory, documents) = try await files.run { [passphrase, indexes] in
        let inventory = try Inventory(path, passphrase: passphrase, indexes: indexes)
        return (inventory, try ListedPictures(inventory, indexes: indexes))
      }
      let directory = try await files.run { try ZipDirectory(path: path) }
      while try await files.run({ try directory.checkSome() }) { try Task.checkCancellation() }
      let share = try await provePacks(of: inventory, path, report)
      let (findings, unknown, trailFaults) = try await scratch.withPoses(in: scratchFolder) { poses in
        try await checkSpace(for: inventory)
        let check = ContentCheck(inventory: inventory, documents: documents, poses: poses, files: files) {
          report(share + $0 * (1 - share))
        }
        let unknown = inventory.manifest.tables.map(\.name).filter { !poses.tables.contains($0) }
        let findings = try await check.findings(path, passphrase: passphrase)
        let trailFaults = try await findings.isEmpty ? TrailProof.faults(inventory.manifest, poses) : []
        return (findings, unknown, trailFaults)
      }
      guard findings.isEmpty else { return .damaged(findings.map(\.line)) }
      var manifest = inventory.manifest
      manifest.trailFaults = trailFaults
      manifest.unknown += unknown.map { "It holds the table \($0), which this version does not know." }
      return .proven(manifest)
    } catch let damage as ArchiveDamage {
      return .damaged([damage.line])
    } catch let damage as PacksDamaged {
      return .damaged(damage.findings.map(\.line))
    } catch let error as PoseVaultError {
      return .undecided(error)
    }
  }

  /// Beside the throwaway database, whose folder is not there yet.
  private var indexes: IndexMaker {
    let end = scratchFolder.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = end.map { String(scratchFolder[...$0]) } ?? "."
    return IndexMaker(scratch: scratch, folder: folder)
  }

  /// Throws the first damage of all packs that a run names; how much of the proof that was, 0…1.
  private func provePacks(
    of inventory: Inventory, _ path: String, _ report: @escaping @Sendable (Double) -> Void
  ) async throws -> Double {
    guard restoring == .everything, let packed = inventory.packed else { return 0 }
    let folder = repository ?? PackFolder(ofRun: path)
    try await files.run { try folder.requirePacks() }
    let isRead = { [scope] (pack: PackRecord) in
      if case .fresh(let fresh) = scope { fresh.contains(pack.sha256) } else { pack.members > 0 }
    }
    let bytes = packed.packs.lazy.filter(isRead).reduce(0) { $0 + Double($1.size) }
    let rest = inventory.records.reduce(0) { $0 + Double($1.size) }
    let share = bytes / max(bytes + rest, 1)
    let found = try await PackProof(folder: folder, files: files).findings(packed, scope) {
      report(share * Double($0) / max(bytes, 1))
    }
    guard found.isEmpty else { throw PacksDamaged(findings: found) }
    return share
  }

  private struct PacksDamaged: Error {
    let findings: [ArchiveDamage]
  }

  /// A dump and tables are nothing but rows; in the throwaway database they take little more space.
  private func checkSpace(for inventory: Inventory) async throws {
    let tables = inventory.manifest.tables.map { EntryName.table($0.name) }
    let size = ([.dump] + tables).reduce(0.0) { $0 + Double(inventory.record($1)?.size ?? 0) }
    let isAbsurd = size > Double(Int.max / 4)
    let needed = isAbsurd ? 0 : Int(size) * 2
    try await files.run { [scratchFolder] in
      try BackupFolder(path: scratchFolder).requireSpace(isAbsurd ? .max : needed)
    }
  }
}
