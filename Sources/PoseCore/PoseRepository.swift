/// A pose about to be stored.
public struct NewPose: Sendable, Hashable {
  public var imageID: ImageID
  /// The 33 keypoints as a JSON array, written by ``KeypointsJSON``.
  public var keypoints: [UInt8]
  /// In whole seconds since 1970.
  public var createdAt: Int64

  public init(imageID: ImageID, keypoints: [UInt8], createdAt: Int64) {
    self.imageID = imageID
    self.keypoints = keypoints
    self.createdAt = createdAt
  }
}

/// A pose as it is stored.
public struct PoseRecord: Sendable, Hashable {
  /// Given by the storage, ascending, never used twice.
  public var id: Int
  /// An ``ImageID``'s text in rows of ours; adopted rows may hold capitals or any other text.
  public var imageID: String
  /// A JSON array, passed on as it is stored.
  public var keypoints: [UInt8]
  /// In whole seconds since 1970; nil in adopted rows without times.
  public var createdAt: Int64?
  public var updatedAt: Int64?

  public init(id: Int, imageID: String, keypoints: [UInt8], createdAt: Int64?, updatedAt: Int64?) {
    self.id = id
    self.imageID = imageID
    self.keypoints = keypoints
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// Which poses a list holds; always by descending id.
public enum PosePage: Sendable, Hashable {
  case offset(Int, limit: Int)
  /// Those whose id is less than `after`.
  case after(Int, limit: Int)
}

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
  /// A condition on the stored row, asked inside the transaction that changes it, with the row locked.
  typealias Condition = @Sendable (PoseRecord) throws -> Void

  /// The random id of this pose database, made when its schema was.
  func datasetID() async throws -> String

  /// Stores all of `poses` or none, and returns them in the same order, with ascending ids.
  func insert(_ poses: [NewPose]) async throws -> [PoseRecord]

  /// nil when there is no such row.
  func find(_ id: Int) async throws -> PoseRecord?

  func list(_ page: PosePage) async throws -> [PoseRecord]

  /// How many rows there are; may be 2 s old, but this process's own writes count at once.
  func count() async throws -> Int

  /// Replaces the keypoints if `condition` doesn't throw; nil when there is no such row.
  func update(
    _ id: Int, keypoints: [UInt8], at seconds: Int64, if condition: @escaping Condition
  ) async throws -> PoseRecord?

  /// Deletes the row if `condition` doesn't throw; nil when there is no such row.
  func delete(_ id: Int, if condition: @escaping Condition) async throws -> DeletedPose?

  /// Those of `ids` that some row names, in either case of letters.
  func referenced(among ids: [ImageID]) async throws -> Set<ImageID>

  /// Throws unless the database answers.
  func ping() async throws
}
