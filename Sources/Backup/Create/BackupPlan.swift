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
  /// BACKUP_DIR; made where it is missing, but not what it lies in.
  public var folder: String
  /// The day that the archive is named after.
  public var day: BackupDay
  /// Whether MongoDB's chunks go in, beside the pictures themselves.
  public var includesChunks: Bool
  /// Encrypts what the archive holds, but not the entries' names.
  public var passphrase: String?
  /// The program that makes the archive, such as `PoseVault 1.0`.
  public var software: String

  public init(
    folder: String, day: BackupDay, includesChunks: Bool = false, passphrase: String? = nil, software: String
  ) {
    self.folder = folder
    self.day = day
    self.includesChunks = includesChunks
    self.passphrase = passphrase
    self.software = software
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
}
