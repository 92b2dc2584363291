public import Foundation
import PoseCore

/// The settings for backups.
public struct BackupRules: Sendable {
  /// BACKUP_DIR, or the repository.
  public var folder: String
  /// How the repository is kept; nil if each archive contains everything itself.
  public var repository: RepositoryRules?
  public var schedule: CronExpression
  /// The time zone of the schedule, and of the days that archives are named after.
  public var zone: TimeZone
  /// How long archives are kept, including copies.
  public var retention: RetentionRules
  /// Where proven archives are copied to; nil for nowhere.
  public var copyFolder: String?
  public var includesChunks: Bool
  public var passphrase: String?
  /// The program that makes the archives, such as `PoseVault 1.0`.
  public var software: String
  /// Whether the storage belongs to this machine alone, whatever its name is.
  public var isAlone: Bool
  /// Seconds between requested runs, after a burst of three; 0 for no limit.
  public var pause: Int64

  public init(
    folder: String, schedule: CronExpression, zone: TimeZone, retention: RetentionRules = RetentionRules(),
    copyFolder: String? = nil, includesChunks: Bool = false, passphrase: String? = nil, software: String,
    isAlone: Bool = false, pause: Int64 = 600, repository: RepositoryRules? = nil
  ) {
    self.folder = folder
    self.repository = repository
    self.schedule = schedule
    self.zone = zone
    self.retention = retention
    self.copyFolder = copyFolder
    self.includesChunks = includesChunks
    self.passphrase = passphrase
    self.software = software
    self.isAlone = isAlone
    self.pause = pause
  }

  /// How to make the archive of a run with that origin.
  func plan(_ origin: BackupOrigin) -> BackupPlan {
    let date = CivilDate(ZoneClock(zone).wall(at: origin.claim?.dueAt ?? origin.startedAt))
    return BackupPlan(
      folder: folder, day: BackupDay(year: date.year, month: date.month, day: date.day),
      includesChunks: includesChunks, passphrase: passphrase, software: software, repository: repository)
  }

  /// The setting that names the folder.
  var folderSetting: String { repository == nil ? "BACKUP_DIR" : "BACKUP_REPOSITORY" }
}
