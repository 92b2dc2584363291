import Backup
import PoseCore

/// Removes the deleted poses that have lain in the trash for long enough, each with its picture unless another pose shows
/// that, and the pictures that could not be removed with their poses.
///
/// A person deleted them, so no archive needs to contain them.
struct TrashExpiry: Sendable {
  let trash: any TrashStore
  /// The store itself, in which pictures in the trash are visible, too.
  let images: any ImageStore
  let pair: StorePair
  let runs: any SweepClaims
  /// How long they stay there, in seconds.
  let rest: Int64
  let clock: @Sendable () -> Int64

  /// What the audit trail calls it.
  static let action = "trash expiry"
  private static let pageSize = 200

  /// Returns how many poses were removed; none while a restore or a backup is under way, and none where pose database and
  /// picture store are not a pair: in another copy of the trash, a person may have brought the pose back.
  @discardableResult
  func run() async throws -> Int {
    var removed = 0
    var last = Int?.none
    while case let page = try await trash.deletedPoses(before: last, limit: Self.pageSize, of: nil), let end = page.last
    {
      for item in page where clock() - item.trashedAt >= rest {
        guard try await !runs.isRestoringOrBackingUp(at: clock()), try await runs.knowsSchema() else { return removed }
        guard case .paired = try await pair.look() else { return removed }
        let note = AuditNote(Composition.ownEntry(Self.action))
        let removedPose = try await AuditNote.$current.withValue(note) { try await trash.removePose(item.id) }
        guard let pose = removedPose else { continue }
        removed += 1
        try await trash.removePicture(of: pose, item: item.id, from: images)
      }
      last = end.id
    }
    try await removeLeft()
    return removed
  }

  /// Removes pictures whose last pose was removed for good while their store was away.
  private func removeLeft() async throws {
    var last = Int?.none
    while case let page = try await trash.items(after: last, limit: Self.pageSize), let end = page.last {
      for item in page where item.reason == .deleted {
        guard try await !runs.isRestoringOrBackingUp(at: clock()), try await runs.knowsSchema() else { return }
        guard case .paired = try await pair.look() else { return }
        try await trash.removeLeft(item, from: images)
      }
      last = end.id
    }
  }
}
