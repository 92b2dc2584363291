public import Foundation
import PoseCore

/// What is set about backups.
public struct BackupRules: Sendable {
  /// BACKUP_DIR.
  public var folder: String
  public var schedule: CronExpression
  /// Where the schedule's clocks, and the days that archives are named after, are.
  public var zone: TimeZone
  /// How many proven archives are kept.
  public var keep: Int
  /// Where proven archives are copied to; nil for nowhere.
  public var copyFolder: String?
  public var includesChunks: Bool
  public var passphrase: String?
  /// The program that makes the archives, such as `PoseVault 1.0`.
  public var software: String

  public init(
    folder: String, schedule: CronExpression, zone: TimeZone, keep: Int, copyFolder: String? = nil,
    includesChunks: Bool = false, passphrase: String? = nil, software: String
  ) {
    self.folder = folder
    self.schedule = schedule
    self.zone = zone
    self.keep = keep
    self.copyFolder = copyFolder
    self.includesChunks = includesChunks
    self.passphrase = passphrase
    self.software = software
  }

  /// How the archive of a run that began there is made.
  func plan(_ origin: BackupOrigin) -> BackupPlan {
    let date = CivilDate(ZoneClock(zone).wall(at: origin.claim?.dueAt ?? origin.startedAt))
    return BackupPlan(
      folder: folder, day: BackupDay(year: date.year, month: date.month, day: date.day),
      includesChunks: includesChunks, passphrase: passphrase, software: software)
  }
}
