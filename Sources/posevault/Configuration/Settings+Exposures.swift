import Foundation

extension Settings {
  /// Where settings let others read what is secret, one line each. None of them stops the start: such installations work.
  static func exposures(
    _ form: SettingsForm, _ storage: Storage, _ mail: MailSettings?, _ backup: BackupSettings
  ) -> [String] {
    var lines: [String] = []
    if let file = form.source.file, form.source.isReadableByOthers,
      SettingKey.allCases.contains(where: form.isSecretSet)
    {
      lines.append("\(file) holds secrets, and every user of this machine can read it: chmod 600 \(file)")
    }
    if case .databases(let databases) = storage {
      if databases.mysqlAuthority == nil, !isThisMachine(databases.mysqlHost) {
        lines.append(
          "MySQL on \(databases.mysqlHost) is reached without TLS: whoever is between can read poses and password. "
            + "MYSQL_SSL_CA turns TLS on.")
      }
      if MongoAddress(databases.mongoURI.revealed).isOpen {
        lines.append(
          "MongoDB is reached on another machine without TLS: whoever is between can read the pictures. Add tls=true to "
            + "MONGODB_URI.")
      }
    }
    if let mail, mail.attachmentLimit > 0, backup.passphrase == nil {
      lines.append(
        "Backups are mailed unencrypted, pictures included. Set BACKUP_PASSPHRASE, or BACKUP_MAIL_LIMIT_MB=0 to send none."
      )
    }
    return lines
  }

  private static func isThisMachine(_ host: String) -> Bool {
    isLoopback(host) || host.wholeMatch(of: /127(\.[0-9]{1,3}){3}/) != nil
  }

  /// What of a MongoDB URI says how the way there is protected.
  private struct MongoAddress {
    /// Whether some host is another machine and the connection not encrypted.
    let isOpen: Bool

    init(_ uri: String) {
      let options = uri.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
      let pairs = options.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map { $0.lowercased() } }
      func setting(_ name: String) -> String? { pairs.last { $0.first == name }?.last }
      // an address that is looked up in DNS turns TLS on by itself
      let isEncrypted =
        (setting("tls") ?? setting("ssl") ?? (uri.hasPrefix("mongodb+srv:") ? "true" : "false")) == "true"
      let place = DatabaseSettings.mongoPlace(uri) ?? ""
      let hosts = place.prefix { $0 != "/" }.split(separator: ",").map { host in
        host.hasPrefix("[") ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" }
      }
      isOpen = !isEncrypted && hosts.contains { !Settings.isThisMachine(String($0)) }
    }
  }
}

extension SettingsForm {
  fileprivate func isSecretSet(_ key: SettingKey) -> Bool { key.isSecret && isSet(key) }
}
