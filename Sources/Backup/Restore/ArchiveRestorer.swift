public import PoseCore
import Synchronization

/// Restores a proven archive into empty stores, behind a mark that is set first and removed last.
///
/// Interrupted at any moment, it goes on where it was when it is run again.
public struct ArchiveRestorer: Sendable {
  /// Told what the restore does, and how much of it is done, 0…1.
  public typealias Report = @Sendable (RestorePhase, Double) -> Void

  let target: RestoreTarget
  let origin: RestoreOrigin
  let scratch: any ScratchStore
  let spoolFolder: String
  let files: BlockingPool
  let clock: @Sendable () -> Int64

  /// - Parameters:
  ///   - scratch: makes working indexes.
  ///   - spoolFolder: takes these and the pictures' documents meanwhile, in files without a name.
  ///   - files: where the archive is read.
  ///   - clock: gives seconds since 1970.
  public init(
    target: RestoreTarget, origin: RestoreOrigin, scratch: any ScratchStore, spoolFolder: String,
    files: BlockingPool, clock: @escaping @Sendable () -> Int64
  ) {
    self.target = target
    self.origin = origin
    self.scratch = scratch
    self.spoolFolder = spoolFolder
    self.files = files
    self.clock = clock
  }

  /// - Parameters:
  ///   - manifest: what the archive's proof gave; another archive in the same file is refused.
  ///   - name: the archive's, for people.
  ///   - scope: what is restored; of stores without their pictures it is kept that they lack these.
  ///   - erased: what was erased since the archive was made, and is not to come back.
  ///
  /// Returns what of the archive was removed again because it was erased.
  ///
  /// Throws ``PoseVaultError``: `fileSystem` where the disk has not enough room for all of it, which is asked before
  /// anything is written, `badRequest` where the stores are not empty, `restoring` where another restore is in
  /// the way, `backupRunning`, `backupUnproven` where the archive is no longer what was proven or the stores don't hold
  /// what they should afterwards, else the stores' own. `CancellationError` when the task was cancelled.
  @discardableResult
  public func restore(
    _ path: String, _ manifest: Manifest, named name: String, passphrase: String?, scope: RestoreScope = .everything,
    erased: [Erasure] = [], report: @escaping Report = { _, _ in }
  ) async throws -> ErasedAgain {
    do {
      let archive = try await files.run { [indexes] in
        try ProvenArchive(path, manifest, passphrase: passphrase, indexes: indexes)
      }
      try await target.requireSpace(for: manifest.reduced(to: scope), files)
      let fingerprint = manifest.fingerprint(of: scope)
      let mark = try await begin(name, fingerprint)
      let removed = Mutex(ErasedAgain())
      try await mark.whileHeld {
        // once something was removed, the stores are not what the archive is any more
        if try await target.runs.fact(FactName.erasing) != fingerprint {
          try await fill(archive, named: name, scope: scope, report: report)
        }
        let found = try await erase(erased, of: fingerprint)
        try await TrailRestore.finish(target)
        removed.withLock { $0 = found }
      }
      try await mark.remove()
      return removed.withLock { $0 }
    } catch let damage as ArchiveDamage {
      throw PoseVaultError(.backupUnproven, "The archive has changed since it was proven. \(damage.line).")
    }
  }

  /// Nothing is written before the mark says that the restore has begun, and it says so only of stores that were empty.
  ///
  /// - Parameter fingerprint: names the archive wherever its file lies.
  func begin(_ name: String, _ fingerprint: String) async throws -> HeldMark {
    if try await target.runs.restoreMark() == nil { try await target.requireEmpty() }
    let file = "\(name) (\(fingerprint)) into \(target.place)"
    let mark = try await HeldMark(of: file, origin: origin, target: target, clock: clock) {
      target.isFilled(by: $0, withArchive: fingerprint)
    }
    guard !mark.isContinued else { return mark }
    do {
      try await Task.sleep(for: target.settleTime)
      try await target.requireEmpty()
    } catch {
      // in a task of its own, because a cancelled restore must leave no mark, either
      await Task { try? await mark.remove() }.value
      throw error
    }
    try await mark.renew()
    return mark
  }

  var indexes: IndexMaker { IndexMaker(scratch: scratch, folder: spoolFolder) }

  private func fill(
    _ archive: ProvenArchive, named name: String, scope: RestoreScope, report: @escaping Report
  ) async throws {
    let filling = Filling(archive: archive, scope: scope, target: target, files: files, report: report)
    let hasPictures = scope == .everything
    if hasPictures {
      try await filling.restorePictures(try await filling.spoolDocuments(in: spoolFolder, indexes: indexes))
    }
    try await filling.restoreRows()
    try await filling.restoreTables()
    try await filling.restoreTrail(of: archive.inventory.manifest.fingerprint(of: scope))
    if hasPictures { try await filling.comparePictures() }
    try await filling.compareRows()
    try await filling.compareTables()
    let manifest = archive.inventory.manifest
    let dataset = manifest.datasetID
    if DatasetID.isOne(dataset) { try await target.poses.adopt(datasetID: dataset) }
    // the databases may have been salvaged into before they were emptied
    let isWhole = hasPictures || manifest.pictures == 0
    let note = SalvageNote(
      at: clock(), archive: name, lostPictures: manifest.pictures, lostRows: 0, isWithoutPictures: true)
    try await SalvageNote.keep(isWhole ? nil : note, in: target.runs)
  }
}

/// What a restore brought back and removed again, because it had been erased.
public struct ErasedAgain: Sendable, Hashable {
  public var poses = 0
  public var pictures = 0

  public init(poses: Int = 0, pictures: Int = 0) {
    self.poses = poses
    self.pictures = pictures
  }
}

extension ArchiveRestorer {
  /// Removes what was erased, behind the restore's mark, so that nobody ever sees it.
  ///
  /// - Parameter fingerprint: of the archive.
  func erase(_ erased: [Erasure], of fingerprint: String) async throws -> ErasedAgain {
    guard let ledger = target.erasures else { return ErasedAgain() }
    let standing = try await target.runs.fact(FactName.erasing)
    if standing != fingerprint {
      _ = try await ledger.record(erased)
      // what is known here already has come back, too
      try await ledger.reopen()
      _ = try await target.runs.replaceFact(FactName.erasing, standing, with: fingerprint)
    }
    let removed = try await ledger.applyPending(to: target.images)
    _ = try await target.runs.replaceFact(FactName.erasing, fingerprint, with: nil)
    return ErasedAgain(poses: removed.poses, pictures: removed.pictures)
  }
}
