/// Something in the trash: it is no longer shown, and is removed once it has been there for long enough.
public struct TrashItem: Sendable, Hashable {
  /// Assigned by the storage, ascending, never reused.
  public var id: Int
  public var picture: ImageID
  /// Of the picture, in bytes.
  public var length: Int
  public var reason: TrashReason
  /// In seconds since 1970.
  public var trashedAt: Int64

  public init(id: Int, picture: ImageID, length: Int, reason: TrashReason, trashedAt: Int64) {
    self.id = id
    self.picture = picture
    self.length = length
    self.reason = reason
    self.trashedAt = trashedAt
  }
}

/// Why something is in the trash; the raw value is what storages and archives contain.
public enum TrashReason: String, Sendable, Hashable, CaseIterable {
  /// No pose referred to the picture.
  case unreferenced
  /// A person deleted the pose.
  case deleted
}

/// A pose that a person deleted, unchanged.
public struct TrashedPose: Sendable, Hashable {
  /// Of the item in the trash, like ``TrashItem/id``.
  public var id: Int
  /// With all its ``PoseParts``.
  public var pose: PoseRecord
  /// In seconds since 1970.
  public var trashedAt: Int64

  public init(id: Int, pose: PoseRecord, trashedAt: Int64) {
    self.id = id
    self.pose = pose
    self.trashedAt = trashedAt
  }
}

/// How much is in the trash.
public struct TrashTotals: Sendable, Hashable {
  /// Pictures, with or without a deleted pose.
  public var count: Int
  /// Of the pictures.
  public var bytes: Int

  public init(count: Int, bytes: Int) {
    self.count = count
    self.bytes = bytes
  }
}

/// The trash. It is stored in the pose database; the pictures stay where they are.
///
/// Errors are those of ``PoseRepository``; what a call changed is durable when it returns.
public protocol TrashStore: Sendable {
  /// Moves pictures without a pose to the trash; those already there are left unchanged.
  func discard(_ pictures: [StoredImage], for reason: TrashReason, at now: Int64) async throws

  /// Those of `pictures` that are in the trash: they have no pose any more, except in the trash.
  func trashed(among pictures: [ImageID]) async throws -> Set<ImageID>

  /// At most `limit` pictures without a pose whose id is greater than `after`, by ascending id. Those that also have a
  /// deleted pose are left out.
  func items(after: Int?, limit: Int) async throws -> [TrashItem]

  func totals() async throws -> TrashTotals

  /// Takes items out of the trash, because their pictures were removed or have a pose again.
  func remove(_ ids: [Int]) async throws

  /// Moves a pose to the trash if `condition` doesn't throw; nil if there is no such row. Until it is restored it is no
  /// longer a row: it is neither found, nor listed, nor counted.
  ///
  /// - Parameter length: of its picture, in bytes; 0 if that is lost.
  func discard(
    pose id: Int, length: Int, at now: Int64, if condition: @escaping PoseRepository.Condition
  ) async throws -> DeletedPose?

  /// At most `limit` deleted poses whose id in the trash is less than `before`, by descending id.
  ///
  /// - Parameter pose: only deleted poses with this id.
  func deletedPoses(before: Int?, limit: Int, of pose: Int?) async throws -> [TrashedPose]

  /// nil if no deleted pose has this id in the trash.
  func deletedPose(_ id: Int) async throws -> TrashedPose?

  /// Restores a deleted pose unchanged, with its id, or does nothing; nil if it isn't in the trash.
  func restorePose(_ id: Int) async throws -> PoseRecord?

  /// Takes a deleted pose out of the trash for good; nil when it isn't there. ``DeletedPose/imageIsShared`` says whether
  /// another pose, in the trash or out of it, shows the picture. If none does, the picture stays here under the same id,
  /// as one ``TrashItem`` that a person deleted, until it is removed from its store: ``removePicture(of:item:from:)``.
  func removePose(_ id: Int) async throws -> DeletedPose?
}

extension TrashStore {
  /// Removes the picture that ``removePose(_:)`` has left here, and lets go of it. Where the store is away, it goes on
  /// lying here, so that nobody sees it, until ``removeLeft(_:from:)`` is called.
  public func removePicture(of removed: DeletedPose, item id: Int, from images: any ImageStore) async throws {
    guard !removed.imageIsShared, let picture = ImageID(removed.imageID) else { return }
    try await images.delete(picture)
    try await remove([id])
  }

  /// Removes a picture whose last pose a person deleted for good; does nothing for any other item.
  public func removeLeft(_ item: TrashItem, from images: any ImageStore) async throws {
    // a restore may have brought a pose of it back
    guard item.reason == .deleted, try await trashed(among: [item.picture]).contains(item.picture) else { return }
    try await images.delete(item.picture)
    try await remove([item.id])
  }

  /// Those of `pictures` that do not lie here yet.
  public func withoutTrashed(_ pictures: [StoredImage]) async throws -> [StoredImage] {
    try await pictures.without { try await trashed(among: $0) }
  }
}

extension [StoredImage] {
  /// Those whose ids are not among what `known` returns for them, in batches of 500.
  public func without(_ known: (_ ids: [ImageID]) async throws -> Set<ImageID>) async throws -> [StoredImage] {
    var found: [StoredImage] = []
    for start in stride(from: 0, to: count, by: 500) {
      let page = self[start..<Swift.min(start + 500, count)]
      let ids = try await known(page.map(\.id))
      found += page.filter { !ids.contains($0.id) }
    }
    return found
  }
}
