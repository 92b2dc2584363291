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
  /// How long a run waits for another one's, of another database, to leave the repository.
  var turnPatience = Duration.seconds(3600)
  var turnPause = Duration.seconds(1)

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
    if let rules = plan.repository { return try await createRun(plan, rules: rules, report: report) }
    let folder = BackupFolder(path: plan.folder)
    return try await create(plan, report) { try folder.publish($0, plan.day) }
  }

  /// The same, as a file of that name, which must not be there yet; the folder must.
  func create(_ plan: BackupPlan, at path: String, report: @escaping Report) async throws -> ProvenBackup {
    var plan = plan
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let rest = String(path.dropLast(name.count))
    plan.folder = rest.isEmpty ? "." : rest
    // before hours of work
    guard try await files.run({ FileStatus(at: path) }) == nil else { throw Self.taken(path) }
    return try await create(plan, report) { partial in
      guard try partial.move(to: path) else { throw Self.taken(path) }
      try BackupFolder(path: rest.isEmpty ? "." : rest).synchronize()
      return path
    }
  }

  private static func taken(_ path: String) -> PoseVaultError {
    PoseVaultError(.fileSystem, "\(path) is there already, and is not replaced.")
  }

  /// - Parameter publish: gives the proven archive its name.
  private func create(
    _ plan: BackupPlan, _ report: @escaping Report, publish: @escaping @Sendable (PartialFile) throws -> String
  ) async throws -> ProvenBackup {
    let folder = BackupFolder(path: plan.folder)
    let partial = try await files.run { try folder.begin(plan.day) }
    do {
      let packing = Packing(for: self, plan: plan, into: folder, report: report)
      let packed = try await packing.pack(into: partial)
      let manifest = packed.manifest
      try await prove(partial, manifest: manifest, plan: plan, report: report)
      let digest = try await FileDigest.of(partial, files)
      let path = try await files.run { try publish(partial) }
      var made = ProvenBackup(path: path, size: digest.size, sha256: digest.sha256, manifest: manifest)
      made.namedPictures = packed.namedPictures
      return made
    } catch {
      // in a task of its own, because what a cancelled run has written must go, too
      await Task { [files] in try? await files.run { partial.discard() } }.value
      throw error
    }
  }

  func prove(
    _ partial: PartialFile, manifest: Manifest, plan: BackupPlan, freshPacks: Set<ContentDigest>? = nil,
    report: @escaping Report
  ) async throws {
    var verifier = ArchiveVerifier(
      scratch: scratch, scratchFolder: partial.scratchFolder, passphrase: plan.passphrase, files: files)
    if let freshPacks {
      verifier.repository = PackFolder(path: plan.folder)
      verifier.scope = .fresh(freshPacks)
    }
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
