/// A picture that was erased for good, with all its poses. It has no names: neither the file's nor a person's.
public struct Erasure: Sendable, Hashable {
  /// Given by the storage, ascending, never used twice.
  public var id: Int
  /// What was erased: a picture's id, or `DATASET/POSE` for a pose whose picture has no id of ours.
  public var subject: String
  /// Ids of the poses that showed it, ascending, in the database where it was erased.
  public var poses: [Int]
  /// In seconds since 1970.
  public var erasedAt: Int64

  public init(id: Int, subject: String, poses: [Int], erasedAt: Int64) {
    self.id = id
    self.subject = subject
    self.poses = poses
    self.erasedAt = erasedAt
  }

  /// nil for a pose whose picture has no id of ours.
  public var picture: ImageID? { ImageID(subject) }

  /// What ``subject`` is for a pose with this `imageID`.
  public static func subject(imageID: String, pose: Int, dataset: String) -> String {
    ImageID(imageID)?.description ?? "\(dataset)/\(pose)"
  }

  /// The pose that a ``subject`` without a picture names, where it is one of the database `dataset`.
  public func pose(of dataset: String) -> Int? {
    guard picture == nil, subject.hasPrefix("\(dataset)/") else { return nil }
    return Int(subject.dropFirst(dataset.utf8.count + 1))
  }

  /// Whether it may be written down: what is read from a file may be anything.
  public var isValid: Bool {
    if let picture { return subject == picture.description }
    let parts = subject.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && DatasetID.isOne(String(parts[0])) && Int(parts[1]).map { $0 > 0 } ?? false
  }
}

/// What was removed from the pose database.
public struct RemovedPoses: Sendable, Hashable {
  /// Those that were rows, and those that lay in the trash.
  public var poses: [Int]
  public var trashed: [Int]

  public init(poses: [Int] = [], trashed: [Int] = []) {
    self.poses = poses
    self.trashed = trashed
  }

  public var all: [Int] { (poses + trashed).sorted() }
}

/// What was erased, so that it stays erased: an old archive or an old copy of the database may hold it still. It lies in
/// the pose database, and as a file beside the archives.
///
/// An entry is pending until its picture is removed, too. Errors are those of ``PoseRepository``; what a call changed is
/// durable when it returns.
public protocol ErasureLedger: Sendable {
  /// Removes the pose's row, those of all other poses of its picture, and what the trash and the answers of uploads hold
  /// of them, and enters the picture, in one transaction. The entry is pending.
  ///
  /// nil when there is no such pose, neither as a row nor in the trash. Throws `sharedPicture` where the picture shows
  /// other poses, too, and not `all` are to be erased.
  ///
  /// - Parameter condition: asked of the pose's row, where it is one.
  func erase(
    pose id: Int, all: Bool, at now: Int64, if condition: @escaping PoseRepository.Condition
  ) async throws -> Erasure?

  /// Enters what is not known here yet, as pending; whatever its ids. Returns how many that were.
  func record(_ erasures: [Erasure]) async throws -> Int

  /// Those whose id is greater than `after`, by ascending id, `limit` at most.
  ///
  /// - Parameter isPending: only those whose picture may be there yet.
  func erasures(after: Int?, limit: Int, isPending: Bool) async throws -> [Erasure]

  /// Whether a picture is entered that may be in its store yet: it is shown to nobody.
  func isPending(_ picture: ImageID) async throws -> Bool

  /// Removes what is here of an entry but for its picture; nothing the second time.
  func apply(_ erasure: Erasure) async throws -> RemovedPoses

  /// Makes all entries pending: what was erased may have come back.
  func reopen() async throws

  /// The picture of an entry is removed.
  func finish(_ id: Int) async throws
}

extension ErasureLedger {
  /// All of it, by ascending id.
  public func all() async throws -> [Erasure] {
    var all: [Erasure] = []
    while case let page = try await erasures(after: all.last?.id, limit: 1000, isPending: false), !page.isEmpty {
      all += page
    }
    return all
  }

  /// Removes what is here of all pending entries, pictures included.
  ///
  /// - Parameter images: the store itself, where pictures in the trash are there, too. nil to leave them for a later call;
  ///   the entries stay pending.
  /// - Returns: how many poses and how many pictures were removed.
  @discardableResult
  public func applyPending(to images: (any ImageStore)?) async throws -> (poses: Int, pictures: Int) {
    var removed = (poses: 0, pictures: 0)
    var last = Int?.none
    while case let page = try await erasures(after: last, limit: 200, isPending: true), let end = page.last {
      for erasure in page {
        try Task.checkCancellation()
        removed.poses += try await apply(erasure).all.count
        guard let images else { continue }
        if let picture = erasure.picture, try await images.delete(picture) { removed.pictures += 1 }
        try await finish(erasure.id)
      }
      last = end.id
    }
    return removed
  }
}

public enum ErasureLimits {
  /// How far the ids of one upload's poses may lie apart: as many people as one picture may show.
  public static let posesOfUpload = 1000
}

extension PoseVaultError {
  /// - Parameter others: ids of the other poses, ascending.
  public static func sharedPicture(_ pose: Int, with others: [Int]) -> PoseVaultError {
    let names = others.prefix(20).map(String.init).joined(separator: ", ") + (others.count > 20 ? ", …" : "")
    return PoseVaultError(
      .sharedPicture,
      "The picture of pose \(pose) shows other poses, too: \(names). Erasing it erases all of them; say so with all=true.",
      details: ["poses": others.prefix(200).map(String.init).joined(separator: ",")])
  }
}
