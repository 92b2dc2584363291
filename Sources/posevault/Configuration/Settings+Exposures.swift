import Foundation

extension Settings {
  /// Where settings let others read what is secret, one line each. None of them stops the start: such installations work.
  static func exposures(
    _ form: SettingsForm, of stores: Stores, mail: MailSettings?, backup: BackupSettings
  ) -> [String] {
    var lines: [String] = []
    if let file = form.source.file, form.source.isReadableByOthers,
      SettingKey.allCases.contains(where: form.isSecretSet)
    {
      lines.append("\(file) holds secrets, and every user of this machine can read it: chmod 600 \(file)")
    }
    if let file = form.text(.apiKeyFile), FileReader.isReadableByOthers(FilePath(file)) {
      lines.append("\(file) holds the API key, and every user of this machine can read it: chmod 600 \(file)")
    }
    lines += stores.exposures
    if let mail, mail.attachmentLimit > 0, backup.passphrase == nil {
      lines.append(
        backup.repository == nil
          ? "Backups are mailed unencrypted, pictures included. Set BACKUP_PASSPHRASE, or BACKUP_MAIL_LIMIT_MB=0 to send "
            + "none."
          : "Poses and file names are mailed unencrypted with each backup. Set BACKUP_MAIL_LIMIT_MB=0 to send none.")
    }
    return lines
  }

  static func isThisMachine(_ host: String) -> Bool {
    isLoopback(host) || host.wholeMatch(of: /127(\.[0-9]{1,3}){3}/) != nil
  }
}

extension SettingsForm {
  fileprivate func isSecretSet(_ key: SettingKey) -> Bool { key.isSecret && isSet(key) }
}
