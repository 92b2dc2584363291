/// Something that lies in the trash: it is not shown any more, and is removed once it has lain there for long enough.
public struct TrashItem: Sendable, Hashable {
  /// Given by the storage, ascending, never used twice.
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

/// Why something lies in the trash; the raw value is what storages and archives hold.
public enum TrashReason: String, Sendable, Hashable, CaseIterable {
  /// No pose named the picture.
  case unreferenced
}

/// How much lies in the trash.
public struct TrashTotals: Sendable, Hashable {
  public var count: Int
  /// Of the pictures.
  public var bytes: Int

  public init(count: Int, bytes: Int) {
    self.count = count
    self.bytes = bytes
  }
}

/// The trash. It lies in the pose database; the pictures stay where they are.
///
/// Errors are those of ``PoseRepository``; what a call changed is durable when it returns.
public protocol TrashStore: Sendable {
  /// Puts pictures into the trash that no pose names; those that lie there already stay as they are.
  func discard(_ pictures: [StoredImage], for reason: TrashReason, at now: Int64) async throws

  /// Those of `pictures` that lie in the trash.
  func trashed(among pictures: [ImageID]) async throws -> Set<ImageID>

  /// At most `limit` items whose id is greater than `after`, by ascending id.
  func items(after: Int?, limit: Int) async throws -> [TrashItem]

  func totals() async throws -> TrashTotals

  /// Takes items out of the trash, whose pictures were removed or are named by a pose again.
  func remove(_ ids: [Int]) async throws
}

extension TrashStore {
  /// Those of `pictures` that do not lie here yet.
  public func withoutTrashed(_ pictures: [StoredImage]) async throws -> [StoredImage] {
    try await pictures.without { try await trashed(among: $0) }
  }
}

extension [StoredImage] {
  /// Those whose ids are not among what `known` says of them, asked for 500 at a time.
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
