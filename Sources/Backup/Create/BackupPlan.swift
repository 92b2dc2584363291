public import PoseCore

/// The stores that a backup is made from.
public struct BackupSource: Sendable {
  public var poses: any ArchivablePoses
  public var images: any ArchivableImages
  /// Whose newest hashes go into the archive; nil for none.
  public var audit: (any AuditTrail)?
  /// What they are, for a person, without secrets.
  public var description: String

  public init(
    poses: any ArchivablePoses, images: any ArchivableImages, audit: (any AuditTrail)? = nil, description: String
  ) {
    self.poses = poses
    self.images = images
    self.audit = audit
    self.description = description
  }
}

/// How to make an archive.
public struct BackupPlan: Sendable {
  /// BACKUP_DIR, or the repository; created if it is missing, but not the folder above it.
  public var folder: String
  /// How the repository is kept that the run belongs to; nil for an archive that contains everything itself.
  public var repository: RepositoryRules?
  /// The day that the archive is named after.
  public var day: BackupDay
  /// Whether to include MongoDB's chunks, besides the pictures themselves.
  public var includesChunks: Bool
  /// Encrypts the archive's contents, but not the entries' names.
  public var passphrase: String?
  /// The program that makes the archive, such as `PoseVault 1.0`.
  public var software: String

  public init(
    folder: String, day: BackupDay, includesChunks: Bool = false, passphrase: String? = nil, software: String,
    repository: RepositoryRules? = nil
  ) {
    self.folder = folder
    self.repository = repository
    self.day = day
    self.includesChunks = includesChunks
    self.passphrase = passphrase
    self.software = software
  }
}

/// How a repository is kept.
public struct RepositoryRules: Sendable, Hashable {
  /// Within how many days every pack is read in full, and every picture in the stores that is also in a pack.
  public var reproofDays: Int
  /// How many days a pack is kept that no run names any more.
  public var graceDays: Int
  /// In bytes: a pack is closed once it has reached this; none with less than half of it is made longer than twice
  /// that.
  var packLength = 128 << 20
  /// In bytes: each run reads at least this much of the stores' old pictures, if there is that much.
  var leastReading = 64 << 20

  public init(reproofDays: Int = 30, graceDays: Int = 7) {
    self.reproofDays = reproofDays
    self.graceDays = graceDays
  }
}

/// What a run is currently doing.
public enum BackupPhase: String, Sendable, Hashable, CaseIterable {
  case rows, pictures, dump, proof, copy
}

/// An archive that was restored and compared.
public struct ProvenBackup: Sendable, Hashable {
  public var path: String
  /// In bytes.
  public var size: Int
  /// Of the whole file, hexadecimal.
  public var sha256: String
  public var manifest: Manifest
  /// Other observations, such as a damaged old pack; one line each.
  public var findings: [String] = []
  /// What was done, one line each.
  public var notes: [String] = []
  /// Pictures that are intact in the repository, but missing or damaged in the store.
  public var lostInStore: [ImageID] = []
  public var damagedInStore: [ImageID] = []
  /// Missing or damaged packs named by runs that are kept: `packs/ab/ab….tar`.
  public var damagedPacks: [String] = []
  /// Pictures that rows name and the archive holds; nil where that is not known.
  public var namedPictures: Int?
}
