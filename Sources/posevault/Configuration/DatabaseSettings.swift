import Foundation

/// Where MySQL and MongoDB are, and how to log in.
struct DatabaseSettings: Sendable, Equatable {
  var mysqlHost: String
  var mysqlPort: Int
  var mysqlUser: String
  var mysqlPassword: Secret?
  var mysqlDatabase: String
  /// The file of the certificate authority; where it is set, MySQL is reached over TLS only.
  var mysqlAuthority: String?
  var mysqlConnections: Int
  var mongoURI: Secret

  /// The stores in a line for the log, without user names and passwords.
  var summary: String {
    let host = mysqlHost.contains(":") ? "[\(mysqlHost)]" : mysqlHost
    let mongo = Self.mongoPlace(mongoURI.revealed).map { " on \($0)" } ?? ""
    return "poses in MySQL database \(mysqlDatabase) on \(host):\(mysqlPort), pictures in MongoDB\(mongo)"
  }

  /// The hosts and the database of a MongoDB URI; nil where it is not certain which part is the password.
  static func mongoPlace(_ uri: String) -> String? {
    guard let scheme = uri.range(of: "://") else { return nil }
    let rest = uri[scheme.upperBound...].prefix { $0 != "?" }
    let userEnd = rest.lastIndex(of: "@").map(rest.index(after:)) ?? rest.startIndex
    // a slash or a colon too many means that signs in the password are not encoded
    let login = rest[..<userEnd]
    guard !login.contains("/"), login.filter({ $0 == ":" }).count <= 1, login.filter({ $0 == "@" }).count <= 1,
      !uri[rest.endIndex...].contains("@")
    else { return nil }
    let place = rest[userEnd...]
    let hosts = /(([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?,?)+(\/[A-Za-z0-9_-]*)?/
    return place.wholeMatch(of: hosts) == nil ? nil : String(place)
  }
}

extension Settings {
  /// MySQL and MongoDB are configured together or not at all, so that a slip never ends in a new, empty storage.
  static func storage(_ form: inout SettingsForm) -> Storage {
    let directory = form.text(.dataDirectory) ?? "data"
    let databases = databases(&form)
    let mysql = SettingKey.mysql.filter(form.isSet).map(\.rawValue)
    switch (form.isSet(.mysqlHost), form.isSet(.mongoURI)) {
    case (false, _) where !mysql.isEmpty:
      form.note("\(mysql.joined(separator: ", ")) set, but not MYSQL_HOST: set it too, or none of them.")
    case (true, false):
      form.note("MYSQL_HOST is set, but not MONGODB_URI: MySQL and MongoDB are used together or not at all.")
    case (false, true):
      form.note("MONGODB_URI is set, but not MYSQL_HOST: MySQL and MongoDB are used together or not at all.")
    case (true, true):
      for key in [SettingKey.mysqlUser, .mysqlDatabase] where !form.isSet(key) {
        form.note("MYSQL_HOST is set, but not \(key.rawValue).")
      }
      return .databases(databases)
    case (false, false):
      break
    }
    return .embedded(directory: Path.absolute(directory, in: Path.workingDirectory))
  }

  private static func databases(_ form: inout SettingsForm) -> DatabaseSettings {
    DatabaseSettings(
      mysqlHost: form.text(.mysqlHost) ?? "",
      mysqlPort: form.integer(.mysqlPort, 1...65_535, default: 3306),
      mysqlUser: form.text(.mysqlUser) ?? "",
      mysqlPassword: form.text(.mysqlPassword).map(Secret.init),
      mysqlDatabase: form.value(
        .mysqlDatabase, allowed: "a database name of 1 to 64 letters, digits and the signs _ $ -"
      ) {
        $0.wholeMatch(of: /[\p{L}\p{Nd}_$-]{1,64}/) == nil ? nil : $0
      } ?? "",
      mysqlAuthority: form.value(.mysqlAuthority, allowed: "the path of a certificate file in PEM form that exists") {
        FileManager.default.isReadableFile(atPath: $0) ? $0 : nil
      },
      mysqlConnections: form.integer(.mysqlConnections, 1...1000, default: 8),
      mongoURI: Secret(
        form.value(.mongoURI, allowed: "an address that begins with mongodb:// or mongodb+srv://") { text in
          ["mongodb://", "mongodb+srv://"].contains { text.hasPrefix($0) && text.count > $0.count } ? text : nil
        } ?? ""))
  }
}
