import Foundation

extension Settings {
  /// MySQL and MongoDB are configured together or not at all, so that a slip never ends in a new, empty storage.
  static func storage(_ form: inout SettingsForm) -> Storage {
    let directory = form.text(.dataDirectory) ?? "data"
    _ = form.integer(.mysqlPort, 1...65_535, default: 3306)
    _ = form.value(.mongoURI, allowed: "an address that begins with mongodb:// or mongodb+srv://") { text in
      ["mongodb://", "mongodb+srv://"].contains { text.hasPrefix($0) && text.count > $0.count } ? text : nil
    }
    let mysql = SettingKey.mysql.filter(form.isSet).map(\.rawValue)
    switch (form.isSet(.mysqlHost), form.isSet(.mongoURI)) {
    case (false, _) where !mysql.isEmpty:
      form.note("\(mysql.joined(separator: ", ")) set, but not MYSQL_HOST: set it too, or none of them.")
    case (true, false):
      form.note("MYSQL_HOST is set, but not MONGODB_URI: MySQL and MongoDB are used together or not at all.")
    case (false, true):
      form.note("MONGODB_URI is set, but not MYSQL_HOST: MySQL and MongoDB are used together or not at all.")
    case (true, true):
      return .mysqlAndMongoDB
    case (false, false):
      break
    }
    return .embedded(directory: Path.absolute(directory, in: Path.workingDirectory))
  }
}
