public import PoseCore

/// The stores that a backup is made from.
public struct BackupSource: Sendable {
  public var poses: any ArchivablePoses
  public var images: any ArchivableImages
  /// Whose newest hashes the archive bears; nil for nobody's.
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

/// How an archive is to be made.
public struct BackupPlan: Sendable {
  /// BACKUP_DIR, or the repository; made where it is missing, but not what it lies in.
  public var folder: String
  /// How the repository is kept that the archive is a run of; nil for an archive that holds all itself.
  public var repository: RepositoryRules?
  /// The day that the archive is named after.
  public var day: BackupDay
  /// Whether MongoDB's chunks go in, beside the pictures themselves.
  public var includesChunks: Bool
  /// Encrypts what the archive holds, but not the entries' names.
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
  /// In how many days every pack is read in full, and every picture in the stores that a pack has.
  public var reproofDays: Int
  /// For how many days a pack stays that no run names any more.
  public var graceDays: Int
  /// In bytes: a pack is ended once it has as many; none that has half of it is made longer than twice that.
  var packLength = 128 << 20
  /// In bytes: at least as much is read of the stores' old pictures by each run, where there is as much.
  var leastReading = 64 << 20

  public init(reproofDays: Int = 30, graceDays: Int = 7) {
    self.reproofDays = reproofDays
    self.graceDays = graceDays
  }
}

/// What a run does at present.
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
  /// What was seen beside the archive, such as an old pack that is damaged; one line each.
  public var findings: [String] = []
  /// What was done, one line each.
  public var notes: [String] = []
  /// Pictures that are whole in the repository, but not in the store any more, or damaged there.
  public var lostInStore: [ImageID] = []
  public var damagedInStore: [ImageID] = []
  /// Packs that are missing or damaged and that runs name which are kept: `packs/ab/ab….tar`.
  public var damagedPacks: [String] = []
  /// Pictures that rows name and the archive holds; nil where that is not known.
  public var namedPictures: Int?
}
