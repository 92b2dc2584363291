import Backup
import Logging
import PoseCore

/// Once a day, moves pictures that crashes between picture and row have left to the trash, and removes those that have
/// been there for long enough.
///
/// Deleting pictures unasked needs more care than freeing space is worth. So it only takes pictures that carry this
/// database's id, arrived more than a day ago and have no pose; none while a backup or a restore is in progress, none
/// if there are no poses at all, none if pose database and picture store are not a pair, and none if there are more
/// than ``limit``: that many come from lost rows, not from crashes, and a person should look. Pictures in the trash are
/// only removed if a good archive that still exists contains them.
struct OrphanSweep: Sendable {
  enum Outcome: Sendable, Equatable {
    case swept(trashed: Int, removed: Int)
    /// Another server, or this one, has swept within a day.
    case notDue
    case restoringOrBackingUp
    case noPoses(orphans: Int)
    case tooMany(orphans: Int)
    case torn(String)
    /// A newer version running alongside has upgraded the database.
    case outdated
  }

  let check: PictureCheck
  let trash: any TrashStore
  let pair: StorePair
  let archives: BackupRunner
  /// How long pictures stay in the trash, in seconds.
  let rest: Int64
  let logger: Logger
  /// Called with pictures that were removed.
  var onRemoval: @Sendable ([ImageID]) async throws -> Void = { _ in }

  static let limit = 100
  /// How long a picture may be without a pose, in seconds.
  static let age: Int64 = 86_400

  /// Sweeps if it is due, and logs the outcome.
  func sweep() async throws {
    tell(try await sweep(at: check.clock()))
  }

  /// Sweeps if it is due at `now`, in seconds since 1970. The pair's number is replaced each time.
  func sweep(at now: Int64) async throws -> Outcome {
    if let obstacle = try await comparePair() { return obstacle }
    guard try await !check.runs.isRestoringOrBackingUp(at: now) else { return .restoringOrBackingUp }
    guard try await check.runs.claimSweep(at: now) else { return .notDue }
    let orphans = try await check.orphans(before: now - Self.age)
    let new = try await trash.withoutTrashed(orphans)
    // also where nothing is new: these are what the trash holds
    if !orphans.isEmpty, try await check.hasNoPoses() { return .noPoses(orphans: orphans.count) }
    guard new.count <= Self.limit else { return .tooMany(orphans: new.count) }
    try await trash.discard(new, for: .unreferenced, at: now)
    return .swept(trashed: new.count, removed: try await empty(at: now))
  }

  /// Replaces the pair's number, which reveals a store that was swapped; returns what keeps this server from it, or
  /// from sweeping, or nil.
  func comparePair() async throws -> Outcome? {
    guard try await check.runs.knowsSchema() else { return .outdated }
    guard try await check.runs.restoreMark() == nil else { return .restoringOrBackingUp }
    if case .torn(let problem) = try await pair.exchange() { return .torn(problem) }
    return nil
  }

  /// Removes what has been there for long enough, and releases pictures that have a pose again.
  private func empty(at now: Int64) async throws -> Int {
    var removed = 0
    var last = Int?.none
    while case let page = try await trash.items(after: last, limit: Self.pageSize), let end = page.last {
      last = end.id
      let named = try await check.poses.referenced(among: page.map(\.picture))
      try await trash.remove(page.filter { named.contains($0.picture) }.map(\.id))
      let due = page.filter { !named.contains($0.picture) && now - $0.trashedAt >= rest }
      guard let newest = due.map(\.trashedAt).max() else { continue }
      let held = try await archives.inGoodArchives(Set(due.map(\.picture)), since: newest)
      for item in due where held.contains(item.picture) {
        guard try await !check.runs.isRestoringOrBackingUp(at: check.clock()) else { return removed }
        if try await check.images.delete(item.picture) {
          removed += 1
          try await onRemoval([item.picture])
        }
        try await trash.remove([item.id])
      }
    }
    return removed
  }

  private func tell(_ outcome: Outcome) {
    switch outcome {
    case .notDue, .restoringOrBackingUp, .swept(0, 0): break
    case .swept(let trashed, let removed):
      logger.warning(
        "Pictures without a pose moved to the trash: \(trashed). Old ones removed from it: \(removed).")
    case .noPoses(let orphans):
      logger.warning("There are \(orphans) pictures but no poses; nothing was removed. See `posevault doctor`.")
    case .tooMany(let orphans):
      logger.warning(
        "Pictures without a pose: \(orphans), too many to discard automatically; run `posevault doctor --fix`.")
    case .torn(let problem): logger.error("\(problem)")
    case .outdated:
      logger.warning("A newer version of PoseVault has upgraded the database: this one no longer cleans up pictures.")
    }
  }

  private static let pageSize = 500
}
