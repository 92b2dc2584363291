import Crypto
public import PoseCore

/// The stores that a restore fills.
public struct RestoreTarget: Sendable {
  public var poses: any ArchivablePoses
  public var images: any RestorableImages
  public var runs: any RunStore
  /// Names both stores, without secrets. The mark lies in the pose database, and must not stand for other pictures.
  public var place: String
  /// Whether nothing but this restore can reach the stores: what is in them is then its own.
  public var isExclusive: Bool
  /// How long other servers on the same stores may take until they know a restore's mark.
  public var settleTime: Duration

  public init(
    poses: any ArchivablePoses, images: any RestorableImages, runs: any RunStore, place: String,
    isExclusive: Bool = false, settleTime: Duration = .zero
  ) {
    self.poses = poses
    self.images = images
    self.runs = runs
    self.place = place
    self.isExclusive = isExclusive
    self.settleTime = settleTime
  }

  /// Whether the restore that set `mark` fills these stores; with the archive of that `manifest`, where one is given.
  public func isFilled(by mark: RestoreMark, with manifest: Manifest? = nil) -> Bool {
    mark.file.hasSuffix(manifest.map { "(\($0.fingerprint)) into \(place)" } ?? " into \(place)")
  }

  /// How many rows there are, and whether there is a picture.
  public func contents() async throws -> (poses: Int, hasPictures: Bool) {
    let rows = try await poses.withSnapshot { try await $0.totals().count }
    return (rows, try await !images.list(after: nil, limit: 1).isEmpty)
  }

  /// Throws `badRequest` where there is anything that can be somebody else's.
  public func requireEmpty() async throws {
    guard !isExclusive else { return }
    let (rows, hasPictures) = try await contents()
    try Self.requireEmpty(poses: rows, hasPictures: hasPictures)
  }

  /// Throws `badRequest` for stores that hold any of these.
  public static func requireEmpty(poses rows: Int, hasPictures: Bool) throws {
    guard rows > 0 || hasPictures else { return }
    throw PoseVaultError(
      .badRequest,
      "The storage is not empty: it holds \(Count.text(rows, "pose"))\(rows == 0 ? ", but pictures" : ""). A restore goes "
        + "into empty stores only; name new databases in the settings and restore into these.")
  }
}

/// What a restore does at present.
public enum RestorePhase: String, Sendable, Hashable, CaseIterable {
  case pictures, rows, comparison
}

extension Manifest {
  /// Names the archive wherever its file lies: 16 hexadecimal digits.
  public var fingerprint: String { String(Hexadecimal.text(SHA256.hash(data: json)).prefix(16)) }
}
