/// What is left after a pose was deleted.
public struct DeletedPose: Sendable, Hashable {
  public var imageID: String
  /// Whether other poses of the same picture remain.
  public var imageIsShared: Bool

  public init(imageID: String, imageIsShared: Bool) {
    self.imageID = imageID
    self.imageIsShared = imageIsShared
  }
}

/// Keeps the poses.
///
/// Every call throws ``PoseVaultError`` with `storageUnavailable` when the database doesn't answer, which is never
/// confused with a row that isn't there. What a call changed is durable when it returns.
public protocol PoseRepository: Sendable {
  /// A condition on the stored row, without its ``PoseParts``, asked inside the transaction that changes it, with the
  /// row locked.
  typealias Condition = @Sendable (PoseRecord) throws -> Void

  /// The random id of this pose database, made when its schema was.
  func datasetID() async throws -> String

  /// Stores all of `poses` or none, and returns them as they were given, in the same order, with ascending ids.
  /// A storage may write their JSON in another order and spacing.
  func insert(_ poses: [NewPose]) async throws -> [PoseRecord]

  /// nil when there is no such row. Only the `parts` asked for are read.
  func find(_ id: Int, with parts: PoseParts) async throws -> PoseRecord?

  /// Those that `filter` lets through. Only the `parts` asked for are read.
  func list(_ page: PosePage, of filter: PoseFilter, with parts: PoseParts) async throws -> [PoseRecord]

  /// How many rows `filter` lets through; may be 2 s old, but this process's own writes count at once.
  func count(of filter: PoseFilter) async throws -> Int

  /// Replaces the keypoints if `condition` doesn't throw; nil when there is no such row.
  ///
  /// The first correction of a row keeps what it replaces, for ``revert(_:at:with:if:)``.
  func update(
    _ id: Int, keypoints: [UInt8], at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord?

  /// Puts the keypoints back that were there before the first correction, if `condition` doesn't throw; nil when there
  /// is no such row. A row that was never corrected stays as it is.
  func revert(
    _ id: Int, at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord?

  /// Deletes the row if `condition` doesn't throw; nil when there is no such row.
  func delete(_ id: Int, if condition: @escaping Condition) async throws -> DeletedPose?

  /// Those of `ids` that some row names, in either case of letters.
  func referenced(among ids: [ImageID]) async throws -> Set<ImageID>

  /// Throws unless the database answers.
  func ping() async throws
}

/// The same calls for those who want no parts, and all rows.
extension PoseRepository {
  public func find(_ id: Int) async throws -> PoseRecord? { try await find(id, with: []) }

  public func list(_ page: PosePage) async throws -> [PoseRecord] { try await list(page, of: .all, with: []) }

  public func count() async throws -> Int { try await count(of: .all) }

  public func update(
    _ id: Int, keypoints: [UInt8], at seconds: Int64, if condition: @escaping Condition
  ) async throws -> PoseRecord? {
    try await update(id, keypoints: keypoints, at: seconds, with: [], if: condition)
  }
}
