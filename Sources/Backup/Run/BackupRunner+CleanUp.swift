public import PoseCore

/// What processes that were killed had left.
public struct CleanUp: Sendable, Hashable {
  /// The runs that nobody was told of yet.
  public var abandoned: [BackupRun] = []
  /// Files of unfinished archives that were removed, by name.
  public var removed: [String] = []
}

extension BackupRunner {
  /// Ends runs whose process has died or is silent, with their mails, and removes what they left in BACKUP_DIR.
  ///
  /// A folder that can't be read is left to the next run, which fails there, and so is told of.
  public func cleanUp() async throws -> CleanUp {
    let folder = BackupFolder(path: rules.folder)
    let marks = try? await files.run { try folder.abandonedMarks() }
    for mark in marks ?? [] {
      try await end(mark.content)
      try await files.run { mark.remove() }
    }
    let lastProven = try await runs.latestProvenBackup()
    let abandoned = try await runs.failSilentBackups(at: clock()) { [mail] in mail($0, lastProven, []) }
    let removed = try? await files.run { try folder.removeLeftovers() }
    return CleanUp(abandoned: abandoned, removed: removed ?? [])
  }

  /// The mail of a failed one is left to the call that tells of abandoned runs. One that was killed after its archive
  /// had its name, while it was copied, is proven.
  private func end(_ dead: RunMark.Content) async throws {
    // another storage may share the folder, and count its runs in the same way
    guard let run = try await runs.backup(dead.run), RunMark.Content(run) == dead.withoutArchive, run.state == .running
    else { return }
    if var archive = dead.archive, await isWhole(archive) {
      archive.warnings.append("\(BackupArchive.copyFailure) The run was killed before it had ended.")
      let now = clock()
      var ended = run
      ended.state = .proven(try await judged(archive, of: run, at: now), at: now)
      let mail = mail(ended, try await runs.latestProvenBackup(), await troublesBeyond(ended))
      _ = try await runs.finishBackup(run.id, ended.state, mail: mail)
      return
    }
    let state = BackupRun.State.failed(
      message: "The run was killed at \(Int(run.progress * 100)) % (\(run.phase)): process \(dead.pid) on "
        + "\(dead.host) ended without a word.",
      isAbandoned: true, at: clock())
    _ = try await runs.finishBackup(run.id, state, mail: nil)
  }

  private func isWhole(_ archive: BackupArchive) async -> Bool {
    guard let file = try? await files.run({ try ReadFile(archive.path) }) else { return false }
    return (try? await FileDigest.of(file, files)) == FileDigest(size: Int(archive.size), sha256: archive.sha256)
  }
}
