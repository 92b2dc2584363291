import Foundation

extension Settings {
  /// Settings that expose secrets, one line each. None of them prevents startup: such installations work.
  static func exposures(
    _ form: SettingsForm, of stores: Stores, mail: MailSettings?, backup: BackupSettings
  ) -> [String] {
    var lines: [String] = []
    if let file = form.source.file, form.source.isReadableByOthers,
      SettingKey.allCases.contains(where: form.isSecretSet)
    {
      lines.append("\(file) holds secrets, and every user of this machine can read it: chmod 600 \(file)")
    }
    for (key, content) in [
      (SettingKey.apiKeyFile, "the API key"), (SettingKey.s3SecretAccessKeyFile, "the secret key of S3"),
    ] {
      guard let file = form.text(key), FileReader.isReadableByOthers(FilePath(file)) else { continue }
      lines.append("\(file) holds \(content), and every user of this machine can read it: chmod 600 \(file)")
    }
    if form.isSet(.apiKey) || form.isSet(.apiKeyFile), isOpen(form.text(.publicURL)) {
      lines.append(
        "PUBLIC_URL is on another machine without TLS: whoever is between can read the API key. Give it https, which a "
          + "proxy in front speaks.")
    }
    lines += stores.exposures
    if isOpen(backup.pingURL?.revealed) {
      lines.append(
        "BACKUP_PING_URL is called on another machine without TLS: whoever is between can call it as well. Give it with "
          + "https.")
    }
    if let passphrase = backup.passphrase?.revealed, passphrase.count < 12 {
      lines.append(
        "BACKUP_PASSPHRASE is short enough to be guessed by whoever gets an archive; `openssl rand -hex 24` makes a good "
          + "one. Older archives keep theirs.")
    }
    if let mail, mail.attachmentLimit > 0, backup.passphrase == nil {
      lines.append(
        backup.repository == nil
          ? "Backups are mailed unencrypted, pictures included. Set BACKUP_PASSPHRASE, or BACKUP_MAIL_LIMIT_MB=0 to send "
            + "none."
          : "Poses and file names are mailed unencrypted with each backup. Set BACKUP_MAIL_LIMIT_MB=0 to send none.")
    }
    return lines
  }

  /// Whether the address is on another machine, and accessed without TLS.
  private static func isOpen(_ address: String?) -> Bool {
    guard let address, let url = URL(string: address), url.scheme?.lowercased() == "http" else { return false }
    return !isThisMachine((url.host() ?? "").trimmingCharacters(in: ["[", "]"]))
  }

  static func isThisMachine(_ host: String) -> Bool {
    isLoopback(host) || host.wholeMatch(of: /127(\.[0-9]{1,3}){3}/) != nil
  }
}

extension SettingsForm {
  fileprivate func isSecretSet(_ key: SettingKey) -> Bool { key.isSecret && isSet(key) }
}
