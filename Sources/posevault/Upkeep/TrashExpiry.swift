import Backup
import PoseCore

/// Removes the deleted poses that have lain in the trash for long enough, each with its picture unless another pose shows
/// that.
///
/// A person deleted them, so that no archive need hold them.
struct TrashExpiry: Sendable {
  let trash: any TrashStore
  /// The store itself, where pictures in the trash are there, too.
  let images: any ImageStore
  let pair: StorePair
  let runs: any SweepClaims
  /// For how long they lie there, in seconds.
  let rest: Int64
  let clock: @Sendable () -> Int64

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
        guard let pose = try await trash.removePose(item.id) else { continue }
        removed += 1
        if !pose.imageIsShared, let image = ImageID(pose.imageID) { try await images.delete(image) }
      }
      last = end.id
    }
    return removed
  }
}
