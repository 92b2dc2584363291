import PoseCore

/// Removes deleted poses that have been in the trash for long enough, each with its picture unless that has another
/// pose.
///
/// A person deleted them, so no archive needs to contain them.
struct TrashExpiry: Sendable {
  let trash: any TrashStore
  /// The store itself, in which pictures in the trash are visible, too.
  let images: any ImageStore
  let runs: any SweepClaims
  /// How long they stay there, in seconds.
  let rest: Int64
  let clock: @Sendable () -> Int64

  private static let pageSize = 200

  /// Returns how many poses were removed; none while a restore or a backup is in progress.
  @discardableResult
  func run() async throws -> Int {
    var removed = 0
    var last = Int?.none
    while case let page = try await trash.deletedPoses(before: last, limit: Self.pageSize, of: nil), let end = page.last
    {
      for item in page where clock() - item.trashedAt >= rest {
        guard try await !runs.isRestoringOrBackingUp(at: clock()), try await runs.knowsSchema() else { return removed }
        guard let pose = try await trash.removePose(item.id) else { continue }
        removed += 1
        if !pose.imageIsShared, let image = ImageID(pose.imageID) { try await images.delete(image) }
      }
      last = end.id
    }
    return removed
  }
}
