import Glibc
import PoseCore

/// Removes the packs that no run has named for longer than the grace period.
///
/// What it removes is certainly ours: the newest run lists the pack, and its content still matches its name byte for
/// byte.
struct PackRetention: Sendable {
  let folder: PackFolder
  let files: BlockingPool
  /// 0 also for a pack that no run has found unnamed yet.
  let graceDays: Int
  /// In seconds since 1970.
  let now: Int64

  /// - Parameter isRehearsal: removes nothing, but reports everything.
  func prune(isRehearsal: Bool) async throws -> Retention.Report {
    var report = Retention.Report()
    // before the first run there is nothing
    guard try await files.run({ access("\(folder.path)/packs", F_OK) == 0 }) else { return report }
    let lock = try await files.run { try RepositoryLock(folder) }
    guard let lock else {
      report.left = ["No pack was removed: another process writes to the repository."]
      return report
    }
    defer { withExtendedLifetime(lock) {} }
    guard let unnamed = try await unnamed(&report) else { return report }
    for record in unnamed {
      let path = folder.path(of: record.sha256)
      guard try await files.run({ FileStatus(at: path) })?.size == record.size else { continue }
      do {
        try await PackProof.read(record, at: path, files: files)
        if !isRehearsal { try await files.run { _ = try FileFailure.check("remove \(path)") { unlink(path) } } }
        report.removed.append(path)
        let since = record.unnamedSince.map { "no run has named it since \(Manifest.text($0))" }
        report.reasons.append("remove\t\(path)\t\(since ?? "no run names it")")
      } catch let damage as ArchiveDamage {
        report.left.append("\(path) is damaged, and left alone: \(damage.what).")
      }
    }
    return report
  }

  /// Those that may be removed; nil if a run can't be read, and so may name any.
  private func unnamed(_ report: inout Retention.Report) async throws -> [PackRecord]? {
    var named: Set<ContentDigest> = []
    var newest: [PackRecord]?
    // also those that seem to be of the future
    for path in try await files.run({ try folder.runPaths(at: nil) }) {
      try Task.checkCancellation()
      do {
        guard let run = try await files.run({ try RunList(path, passphrase: nil) }) else { continue }
        newest = newest ?? run.packs
        named.formUnion(run.packs.lazy.filter { $0.members > 0 }.map(\.sha256))
      } catch let damage as ArchiveDamage {
        report.left.append("No pack is removed as long as \(path) can't be read: \(damage.line).")
        return nil
      }
    }
    let end = now - Int64(graceDays) * 86_400
    return (newest ?? []).filter { record in
      record.members == 0 && !named.contains(record.sha256) && (record.unnamedSince ?? now) <= end
    }
  }
}
