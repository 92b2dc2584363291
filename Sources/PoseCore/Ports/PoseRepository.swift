/// What is left after deleting a pose.
public struct DeletedPose: Sendable, Hashable {
  public var imageID: String
  /// Whether other poses of the same picture remain.
  public var imageIsShared: Bool

  public init(imageID: String, imageIsShared: Bool) {
    self.imageID = imageID
    self.imageIsShared = imageIsShared
  }
}

/// Stores the poses.
///
/// Every call throws ``PoseVaultError`` with `storageUnavailable` if the database doesn't respond, which is never
/// mistaken for a missing row. What a call changed is durable when it returns.
public protocol PoseRepository: Sendable {
  /// A condition on the stored row, without its ``PoseParts``, checked inside the transaction that changes it, with the
  /// row locked.
  typealias Condition = @Sendable (PoseRecord) throws -> Void

  /// The random id of this pose database, created with its schema.
  func datasetID() async throws -> String

  /// Stores all of `poses` or none, and returns them as they were given, in the same order, with ascending ids. A
  /// storage may reorder and reformat their JSON.
  func insert(_ poses: [NewPose]) async throws -> [PoseRecord]

  /// nil if there is no such row. Only the requested `parts` are read.
  func find(_ id: Int, with parts: PoseParts) async throws -> PoseRecord?

  /// Those that match `filter`. Only the requested `parts` are read.
  func list(_ page: PosePage, of filter: PoseFilter, with parts: PoseParts) async throws -> [PoseRecord]

  /// How many rows match `filter`; may be 2 s old, but this process's own writes count at once.
  func count(of filter: PoseFilter) async throws -> Int

  /// Replaces the keypoints if `condition` doesn't throw; nil if there is no such row.
  ///
  /// The first correction of a row keeps what it replaces, for ``revert(_:at:with:if:)``.
  func update(
    _ id: Int, keypoints: [UInt8], at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord?

  /// Restores the keypoints from before the first correction, if `condition` doesn't throw; nil if there is no such
  /// row. A row that was never corrected is left unchanged.
  func revert(
    _ id: Int, at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord?

  /// Deletes the row if `condition` doesn't throw; nil if there is no such row.
  func delete(_ id: Int, if condition: @escaping Condition) async throws -> DeletedPose?

  /// Those of `ids` that some row refers to, in either case.
  func referenced(among ids: [ImageID]) async throws -> Set<ImageID>

  /// Throws unless the database responds.
  func ping() async throws
}

/// The same calls without parts, for all rows.
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
