/// A picture that was permanently erased, with all its poses. Contains no names, neither of files nor of people.
public struct Erasure: Sendable, Hashable {
  /// Assigned by the storage, ascending, never reused.
  public var id: Int
  /// What was erased: a picture's id, or `DATASET/POSE` for a pose whose picture has no id of ours.
  public var subject: String
  /// Ids of its poses, ascending, in the database where it was erased.
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

  /// The ``subject`` for a pose with this `imageID`.
  public static func subject(imageID: String, pose: Int, dataset: String) -> String {
    ImageID(imageID)?.description ?? "\(dataset)/\(pose)"
  }

  /// The pose named by a ``subject`` without a picture, if it is one of the database `dataset`.
  public func pose(of dataset: String) -> Int? {
    guard picture == nil, subject.hasPrefix("\(dataset)/") else { return nil }
    return Int(subject.dropFirst(dataset.utf8.count + 1))
  }

  /// Whether it may be stored: a file may contain anything.
  public var isValid: Bool {
    if let picture { return subject == picture.description }
    let parts = subject.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && DatasetID.isOne(String(parts[0])) && Int(parts[1]).map { $0 > 0 } ?? false
  }
}

/// What was removed from the pose database.
public struct RemovedPoses: Sendable, Hashable {
  /// Those that were rows, and those that were in the trash.
  public var poses: [Int]
  public var trashed: [Int]

  public init(poses: [Int] = [], trashed: [Int] = []) {
    self.poses = poses
    self.trashed = trashed
  }

  public var all: [Int] { (poses + trashed).sorted() }
}

/// What was erased, so that it stays erased: an old archive or an old copy of the database may still contain it. Stored
/// in the pose database, and as a file next to the archives.
///
/// An entry is pending until its picture is removed, too. Errors are those of ``PoseRepository``; what a call changed
/// is durable when it returns.
public protocol ErasureLedger: Sendable {
  /// Removes the pose's row, those of all other poses of its picture, and their data in the trash and in the responses
  /// of uploads, and records the picture, in one transaction. The entry is pending.
  ///
  /// nil if there is no such pose, neither as a row nor in the trash. Throws `sharedPicture` if the picture has other
  /// poses, too, and `all` is false.
  ///
  /// - Parameter condition: checked on the pose's row, if it is one.
  func erase(
    pose id: Int, all: Bool, at now: Int64, if condition: @escaping PoseRepository.Condition
  ) async throws -> Erasure?

  /// Records the entries that are not known here yet, as pending; their ids are ignored. Returns how many there were.
  func record(_ erasures: [Erasure]) async throws -> Int

  /// Those whose id is greater than `after`, by ascending id, at most `limit`.
  ///
  /// - Parameter isPending: only those whose picture may still exist.
  func erasures(after: Int?, limit: Int, isPending: Bool) async throws -> [Erasure]

  /// Whether a picture is entered that may be in its store yet: it is shown to nobody.
  func isPending(_ picture: ImageID) async throws -> Bool

  /// Removes what is here of an entry but for its picture; nothing the second time.
  func apply(_ erasure: Erasure) async throws -> RemovedPoses

  /// Makes all entries pending: what was erased may have come back.
  func reopen() async throws

  /// Records that the picture of an entry has been removed.
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
  /// How far apart the ids of one upload's poses may be: the maximum number of people in one picture.
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
