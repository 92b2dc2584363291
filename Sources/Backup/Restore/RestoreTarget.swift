import Crypto
import Glibc
public import PoseCore

/// The stores that a restore fills.
public struct RestoreTarget: Sendable {
  public var poses: any ArchivablePoses
  public var images: any RestorableImages
  public var runs: any RunStore
  /// What must not come back; nil where nobody keeps that.
  public var erasures: (any ErasureLedger)?
  /// Names both stores, without secrets. The mark lies in the pose database, and must not stand for other pictures.
  public var place: String
  /// Whether nothing but this restore can reach the stores: what is in them is then its own.
  public var isExclusive: Bool
  /// The folder on this machine that the stores' files go into, or one above it; nil where they are on servers.
  public var folder: String?
  /// How long other servers on the same stores may take until they know a restore's mark.
  public var settleTime: Duration

  public init(
    poses: any ArchivablePoses, images: any RestorableImages, runs: any RunStore,
    erasures: (any ErasureLedger)? = nil, place: String,
    isExclusive: Bool = false, folder: String? = nil, settleTime: Duration = .zero
  ) {
    self.poses = poses
    self.images = images
    self.runs = runs
    self.erasures = erasures
    self.place = place
    self.isExclusive = isExclusive
    self.folder = folder
    self.settleTime = settleTime
  }

  /// Whether the restore that set `mark` fills these stores; with the archive of that `manifest`, where one is given.
  public func isFilled(
    by mark: RestoreMark, with manifest: Manifest? = nil, scope: RestoreScope = .everything
  ) -> Bool {
    isFilled(by: mark, withArchive: manifest?.fingerprint(of: scope))
  }

  /// - Parameter fingerprint: names the archive; nil for any.
  func isFilled(by mark: RestoreMark, withArchive fingerprint: String?) -> Bool {
    mark.file.hasSuffix(fingerprint.map { "(\($0)) into \(place)" } ?? " into \(place)")
  }

  /// Throws `fileSystem` where the disk has less room than `manifest` says that a restore needs, less what an earlier
  /// one has stored already.
  func requireSpace(for manifest: Manifest, _ files: BlockingPool) async throws {
    guard let folder else { return }
    var stored = 0
    var last = ImageID?.none
    while case let page = try await images.list(after: last, limit: 500), let end = page.last {
      stored += page.reduce(0) { $0 + $1.length }
      last = end.id
    }
    let missing = stored
    try await files.run { try Self.requireSpace(in: folder, for: manifest, less: missing) }
  }

  /// The same for stores that are not there yet. Blocks.
  ///
  /// - Parameter folder: need not exist, either.
  public static func requireSpace(in folder: String, for manifest: Manifest, less stored: Int = 0) throws {
    // rows stand in the database and, until it is emptied, in its log; a picture fills its last block
    let lines = manifest.tables.reduce(0) { $0 + max($1.count, 0) * 500 }
    let rows = 2 * (max(manifest.rows.bytes, 0) + max(manifest.rows.count, 0) * 500 + lines)
    let pictures = max(manifest.pictureBytes, 0) + max(manifest.pictures, 0) * 5000 - stored
    try requireSpace(in: folder, bytes: max(pictures, 0) + rows + (16 << 20))
  }

  static func requireSpace(in folder: String, bytes: Int) throws {
    var place = folder
    while access(place, F_OK) != 0, place != "/", place != "." {
      let parent = place.unicodeScalars.lastIndex(of: "/").map { String(place[..<$0]) } ?? "."
      place = parent.isEmpty ? "/" : parent
    }
    try BackupFolder(path: place).requireSpace(bytes, for: "the restore")
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
      "The storage is not empty: it holds \(Count.text(rows, "pose"))\(rows == 0 ? ", but pictures" : ""). Archives "
        + "can only be restored into empty stores: put new database names in the settings.")
  }
}

/// What a restore does at present.
public enum RestorePhase: String, Sendable, Hashable, CaseIterable {
  case pictures, rows, comparison
}

/// What of an archive is restored.
public enum RestoreScope: Sendable, Hashable {
  case everything
  /// The rows without the pictures, which the stores then lack.
  case poses
}

extension Manifest {
  /// Names the archive wherever its file lies: 16 hexadecimal digits.
  public var fingerprint: String { String(Hexadecimal.text(SHA256.hash(data: json)).prefix(16)) }

  /// Names the archive and what of it is restored, so that an interrupted restore is not continued as another one.
  public func fingerprint(of scope: RestoreScope) -> String {
    scope == .poses ? "\(fingerprint)-poses" : fingerprint
  }

  /// Says what a restore needs room for.
  public func reduced(to scope: RestoreScope) -> Manifest {
    guard scope == .poses else { return self }
    var manifest = self
    manifest.pictures = 0
    manifest.pictureBytes = 0
    return manifest
  }
}
