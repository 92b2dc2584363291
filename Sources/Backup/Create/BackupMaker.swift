public import PoseCore

/// Makes archives, and gives those their name that are proven.
public struct BackupMaker: Sendable {
  /// Told what the run does, and how much of it is done, 0…1.
  public typealias Report = @Sendable (BackupPhase, Double) -> Void

  let source: BackupSource
  let scratch: any ScratchStore
  let files: BlockingPool
  let clock: @Sendable () -> Int64
  var patience = ReadPatience()

  /// - Parameters:
  ///   - files: where files are read and written.
  ///   - clock: gives seconds since 1970.
  public init(
    source: BackupSource, scratch: any ScratchStore, files: BlockingPool,
    clock: @escaping @Sendable () -> Int64
  ) {
    self.source = source
    self.scratch = scratch
    self.files = files
    self.clock = clock
  }

  /// Makes and proves an archive; nothing of it stays when this throws.
  ///
  /// Throws ``PoseVaultError``: `backupUnproven` where the archive does not hold what the stores do, else the stores'
  /// own, or `fileSystem` where it can't be written. `CancellationError` when the task was cancelled.
  public func create(_ plan: BackupPlan, report: @escaping Report = { _, _ in }) async throws -> ProvenBackup {
    let folder = BackupFolder(path: plan.folder)
    let partial = try await files.run { try folder.begin(plan.day) }
    do {
      let packing = Packing(for: self, plan: plan, into: folder, report: report)
      let manifest = try await packing.pack(into: partial)
      try await prove(partial, manifest: manifest, plan: plan, report: report)
      let digest = try await FileDigest.of(partial, files)
      let path = try await files.run { try folder.publish(partial, plan.day) }
      return ProvenBackup(path: path, size: digest.size, sha256: digest.sha256, manifest: manifest)
    } catch {
      // in a task of its own, because what a cancelled run has written must go, too
      await Task { [files] in try? await files.run { partial.discard() } }.value
      throw error
    }
  }

  private func prove(
    _ partial: PartialFile, manifest: Manifest, plan: BackupPlan, report: @escaping Report
  ) async throws {
    let verifier = ArchiveVerifier(
      scratch: scratch, scratchFolder: partial.scratchFolder, passphrase: plan.passphrase, files: files)
    switch try await verifier.verify(partial.path, report: { report(.proof, $0) }) {
    case .proven(let proven) where proven.json == manifest.json: return
    case .proven: throw Self.unproven(["manifest.json: is not the one that was written"])
    case .damaged(let findings): throw Self.unproven(findings)
    case .undecided(let error): throw error
    }
  }

  private static func unproven(_ findings: [String]) -> PoseVaultError {
    PoseVaultError(
      .backupUnproven, "The backup could not be proven and was thrown away. \(findings.joined(separator: "; ")).")
  }
}
