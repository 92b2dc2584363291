import Glibc
public import PoseCore

/// Keeps the newest proven archives, and removes older ones.
///
/// What it removes is certainly ours: a run has recorded the file, and it is still, byte by byte, the archive that was
/// proven then. It never looks for files.
public struct Retention: Sendable {
  public struct Report: Sendable, Hashable {
    /// Paths that were removed, or would be.
    public var removed: [String] = []
    /// What was left although it is old, and why, one line each.
    public var left: [String] = []
  }

  let runs: any RunStore
  let files: BlockingPool

  /// - Parameter files: where files are read.
  public init(runs: any RunStore, files: BlockingPool) {
    self.runs = runs
    self.files = files
  }

  /// - Parameters:
  ///   - keep: how many archives on this machine are kept; after a shrunk run all are.
  ///   - isRehearsal: nothing is removed, but all is told.
  ///
  /// Throws the ``RunStore``'s errors; what is wrong with a file is told.
  public func prune(keep: Int, isRehearsal: Bool = false) async throws -> Report {
    guard case .proven(let last, _) = try await runs.latestProvenBackup()?.state else { return Report() }
    guard !last.isShrunk else {
      return Report(left: ["The last backup has shrunk: all archives are kept."])
    }
    var report = Report()
    for archive in try await archives().dropFirst(keep) {
      try Task.checkCancellation()
      do {
        try await remove(archive, isRehearsal: isRehearsal)
        report.removed.append(archive.path)
      } catch {
        report.left.append((error as? PoseVaultError)?.message ?? "\(error)")
      }
    }
    return report
  }

  /// The recorded ones that are here, by their size at least, the newest first.
  private func archives() async throws -> [BackupArchive] {
    var (archives, seen, last) = ([BackupArchive](), Set<String>(), Int?.none)
    while true {
      let page = try await runs.backups(before: last, limit: 200)
      guard let end = page.last else { return archives }
      last = end.id
      for case .proven(let archive, _) in page.map(\.state) where seen.insert(archive.path).inserted {
        if try await files.run({ archive.isHere }) { archives.append(archive) }
      }
    }
  }

  private func remove(_ archive: BackupArchive, isRehearsal: Bool) async throws {
    let path = archive.path
    let file = try await files.run { try ReadFile(path) }
    guard try await FileDigest.of(file, files).sha256 == archive.sha256 else {
      throw PoseVaultError(.backupUnproven, "\(path) is not the archive any more that was proven: it is left alone.")
    }
    if !isRehearsal { try await files.run { _ = try FileFailure.check("remove \(path)") { unlink(path) } } }
  }
}

extension BackupArchive {
  /// Whether a file of its path and size is on this machine. Blocks.
  var isHere: Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && Int64(status.st_size) == size
  }

  var fileName: String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

extension BackupRunner {
  func prune(_ ended: inout EndedRun) async {
    do {
      let report = try await Retention(runs: runs, files: files).prune(keep: rules.keep)
      ended.notes += report.removed.map { "Removed the old backup \($0)." }
      ended.troubles += report.left
    } catch {
      let reason = (error as? PoseVaultError)?.message ?? "It was broken off."
      ended.troubles.append("Old backups were not removed. \(reason)")
    }
  }
}
