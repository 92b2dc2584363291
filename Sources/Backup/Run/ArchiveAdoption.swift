public import PoseCore

/// Takes archives on again that lie in BACKUP_DIR or the repository and that no run knows.
public struct ArchiveAdoption: Sendable {
  public struct Report: Sendable {
    /// The oldest first.
    public var adopted: [BackupArchive] = []
    /// What could not be taken on and why, one line each.
    public var left: [String] = []
  }

  let runner: BackupRunner
  let verifier: ArchiveVerifier

  public init(runner: BackupRunner, verifier: ArchiveVerifier) {
    self.runner = runner
    self.verifier = verifier
  }

  /// Throws the ``RunStore``'s errors and `CancellationError`; what is wrong with an archive is told.
  public func adopt() async throws -> Report {
    let folder = BackupFolder(path: runner.rules.folder)
    let isRepository = runner.rules.repository != nil
    let paths = try await runner.files.run {
      // the oldest first
      if isRepository { return try Array(PackFolder(path: folder.path).runPaths(at: nil).reversed()) }
      return try folder.names().filter { $0.hasSuffix(".zip") && BackupFolder.isOurs($0) }
        .map { "\(folder.path)/\($0)" }
    }
    let known = try await known()
    let dataset = try await runner.maker.source.poses.datasetID()
    var report = Report()
    var found: [(archive: BackupArchive, manifest: Manifest)] = []
    for path in paths where !known.paths.contains(path) {
      // under another spelling of the folder's path, or through a link
      if let file = try await runner.files.run({ FileStatus(at: path)?.identity }), known.files.contains(file) {
        continue
      }
      switch try await verifier.verify(path) {
      case .proven(let manifest) where manifest.datasetID != dataset:
        // another installation may share the folder: what it keeps is its own affair
        report.left.append("\(path) is of another pose database.")
      case .proven(let manifest): found.append((try await archive(path, manifest), manifest))
      case .damaged(let findings):
        report.left.append("\(path) is damaged, or not a PoseVault archive: \(findings.first ?? "no reason given").")
      case .undecided(let error): report.left.append("\(path) could not be verified. \(error.message)")
      }
    }
    // what was in doubt when it was made is so again: each is compared with those before it
    var older = RecordedArchives()
    for (archive, manifest) in found.sorted(by: { $0.manifest.startedAt < $1.manifest.startedAt }) {
      let origin = BackupOrigin(
        host: runner.host, pid: BackupOrigin.takenOn, startedAt: manifest.startedAt, claim: nil)
      let judged = try await runner.judged(archive, after: older, at: runner.clock())
      guard let run = try await runner.runs.adoptBackup(origin, judged, at: manifest.finishedAt) else { continue }
      report.adopted.append(judged)
      older.add(KeptArchive(run: run, archive: judged))
    }
    return report
  }

  /// What runs have recorded that is here.
  private func known() async throws -> (paths: Set<String>, files: Set<FileStatus.Identity>) {
    var paths: Set<String> = []
    var files: Set<FileStatus.Identity> = []
    var last: Int?
    while case let page = try await runner.runs.backups(before: last, limit: 200), let end = page.last {
      let archives = page.compactMap(\.archive)
      paths.formUnion(archives.map(\.path))
      files.formUnion(try await runner.files.run { archives.compactMap(\.file) })
      last = end.id
    }
    return (paths, files)
  }

  private func archive(_ path: String, _ manifest: Manifest) async throws -> BackupArchive {
    let file = try await runner.files.run { try ReadFile(path) }
    let digest = try await FileDigest.of(file, runner.files)
    return BackupArchive(
      ProvenBackup(path: path, size: digest.size, sha256: digest.sha256, manifest: manifest))
  }
}
