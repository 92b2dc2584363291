import Backup
import Foundation
import PoseCore

/// When backups are made, where archives go, and how they are kept.
struct BackupSettings: Sendable, Equatable {
  /// For archives, or the repository if there is one; an absolute path.
  var folder: String
  /// How the repository is kept; nil if each archive contains everything itself.
  var repository: RepositoryRules?
  var schedule: CronExpression
  /// The time zone of the schedule and of the archives' days.
  var zone: TimeZone
  /// How long archives are kept.
  var retention: RetentionRules
  /// Seconds between runs requested from the server; 0 for no limit.
  var pause: Int64
  /// How many days deleted poses, and pictures moved by the sweep, stay in the trash; 0 if poses are deleted at once.
  var trashDays: Int
  /// Where proven archives are copied to; an absolute path.
  var copyDirectory: String?
  /// Called after each proven run. Such addresses contain a token.
  var pingURL: Secret?
  var passphrase: Secret?
  /// Whether to include MongoDB's chunks in the archive, besides the pictures themselves.
  var includesChunks: Bool
}

extension BackupSettings {
  /// nil if an error in the form makes it incomplete.
  init?(_ form: inout SettingsForm) {
    folder = Path.absolute(form.text(.backupDirectory) ?? "backups", in: Path.workingDirectory)
    copyDirectory = form.text(.backupCopyDirectory).map { Path.absolute($0, in: Path.workingDirectory) }
    zone = Self.zone(&form)
    retention = Self.retention(&form)
    pause = Int64(form.integer(.backupPause, 0...86_400, default: 600))
    trashDays = form.integer(.trashDays, 0...36_500, default: Self.usualTrashDays)
    pingURL = form.value(.backupPingURL, allowed: "an address that begins with https:// or http://", Self.pingURL)
    passphrase = form.value(
      .backupPassphrase, allowed: "1 to 99 printable ASCII characters, so that 7-Zip accepts it, too"
    ) { text in
      (1...99).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) } ? Secret(text) : nil
    }
    includesChunks = form.flag(.backupIncludeChunks)
    if let copyDirectory, Self.isSame(copyDirectory, folder) {
      form.note("BACKUP_COPY_DIR is the same folder as BACKUP_DIR: a copy belongs on another disk.")
    }
    guard let schedule = Self.schedule(&form) else { return nil }
    self.schedule = schedule
    let rules = RepositoryRules(
      reproofDays: form.integer(.backupReproofDays, 1...3650, default: 30),
      graceDays: form.integer(.backupGraceDays, 0...3650, default: 7))
    if let path = form.text(.backupRepository) { take(rules, ofRepository: path, &form) }
  }

  private mutating func take(_ rules: RepositoryRules, ofRepository path: String, _ form: inout SettingsForm) {
    folder = Path.absolute(path, in: Path.workingDirectory)
    repository = rules
    if path.contains("s3:/") { form.noteFault(.backupRepository, "must be a folder.") }
    if passphrase != nil {
      form.note(
        "BACKUP_PASSPHRASE can't be combined with BACKUP_REPOSITORY, whose packs are not encrypted: remove one of "
          + "them, and put the repository on an encrypted disk.")
    }
    if copyDirectory != nil {
      form.note(
        "BACKUP_COPY_DIR can't be combined with BACKUP_REPOSITORY: a copy without the packs would hold no pictures. "
          + "Remove one of them; rsync copies a repository.")
    }
    if includesChunks {
      form.note("BACKUP_INCLUDE_CHUNKS can't be combined with BACKUP_REPOSITORY: remove one of them.")
    }
  }

  /// In seconds. The sweep's pictures were not deleted by anybody, and poses deleted before TRASH_DAYS became 0 may be
  /// missed.
  var trashRest: Int64 { Int64(trashDays == 0 ? Self.usualTrashDays : trashDays) * 86_400 }

  private static let usualTrashDays = 30

  /// What a person should know about them at startup.
  var notices: [String] {
    guard nextRuns(1, after: Int64(Date().timeIntervalSince1970)).isEmpty else { return [] }
    return ["CRON_SCHEDULE=\(schedule) is never due: no backups are made automatically."]
  }

  /// BACKUP_KEEP alone counts if it is set and none of the newer ones is.
  private static func retention(_ form: inout SettingsForm) -> RetentionRules {
    var rules = RetentionRules()
    let ages: [SettingKey] = [.backupKeepDays, .backupKeepWeekly, .backupKeepMonthly, .backupKeepGB]
    let scheduledDays = form.integer(.backupKeep, 1...100_000, default: 30)
    if form.isSet(.backupKeep), !ages.contains(where: form.isSet) { rules.scheduledDays = scheduledDays }
    rules.days = form.integer(.backupKeepDays, 1...100_000, default: rules.days)
    rules.weeks = form.integer(.backupKeepWeekly, 0...100_000, default: rules.weeks)
    rules.months = form.integer(.backupKeepMonthly, 0...100_000, default: rules.months)
    let gigabytes = form.integer(.backupKeepGB, 0...1_000_000, default: 0)
    if gigabytes > 0 { rules.maxBytes = Int64(gigabytes) * 1_000_000_000 }
    let days = form.integer(.backupMaxAge, 0...36_500, default: 0)
    if days > 0 { rules.maxAgeDays = days }
    return rules
  }

  private static func schedule(_ form: inout SettingsForm) -> CronExpression? {
    do {
      return try CronExpression(form.text(.cronSchedule) ?? "59 23 * * *")
    } catch {
      form.noteFault(.cronSchedule, (error as? PoseVaultError)?.message ?? "\(error)")
      return nil
    }
  }

  private static func zone(_ form: inout SettingsForm) -> TimeZone {
    form.value(
      .timeZone, allowed: "a time zone such as Europe/Vienna or UTC, or Etc/GMT-2 for two hours ahead of UTC", Self.zone
    ) ?? .current
  }

  private static func zone(_ text: String) -> TimeZone? {
    // POSIX writes the path of a zone's file with a colon before it
    var name = text.hasPrefix(":") ? text.dropFirst() : text[...]
    if name == "/etc/localtime" { return .current }
    for folder in ["/usr/share/zoneinfo/", "posix/"] where name.hasPrefix(folder) {
      name = name.dropFirst(folder.count)
    }
    if name == "UTC0" { return .gmt }
    // to the system GMT+2 is two hours behind UTC, to Foundation two ahead
    guard name.wholeMatch(of: /(?i)(GMT|UTC?)[+-]?[0-9:]*[1-9][0-9:]*/) == nil else { return nil }
    return TimeZone(identifier: String(name))
  }

  private static func pingURL(_ text: String) -> Secret? {
    guard let url = URL(string: text), url.scheme == "https" || url.scheme == "http", url.host()?.isEmpty == false,
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    return Secret(text)
  }

  private static func isSame(_ one: String, _ other: String) -> Bool {
    let folders = [one, other].map { URL(filePath: $0, directoryHint: .isDirectory).standardizedFileURL }
    return folders[0].resolvingSymlinksInPath() == folders[1].resolvingSymlinksInPath()
  }
}
