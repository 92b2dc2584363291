import Foundation
import MySQLStorage
import PoseCore

/// Poses in MySQL or MariaDB.
struct MySQLPoses: PoseDatabase {
  static let name = "MySQL"
  static let healthKey: String? = "mysql"
  static let mailLine = "MySQL database dump"

  var host: String
  var port: Int
  var user: String
  var password: Secret?
  var database: String
  /// The file of the certificate authority; if it is set, MySQL is only reached over TLS.
  var authority: String?
  var connections: Int

  init(_ form: inout SettingsForm) {
    host = form.text(.mysqlHost) ?? ""
    port = form.integer(.mysqlPort, 1...65_535, default: 3306)
    user = form.text(.mysqlUser) ?? ""
    password = form.text(.mysqlPassword).map(Secret.init)
    database =
      form.value(.mysqlDatabase, allowed: "a database name of 1 to 64 letters, digits and the characters _ $ -") {
        $0.wholeMatch(of: /[\p{L}\p{Nd}_$-]{1,64}/) == nil ? nil : $0
      } ?? ""
    authority = form.value(.mysqlAuthority, allowed: "the path of an existing certificate file in PEM format") {
      FileManager.default.isReadableFile(atPath: $0) ? $0 : nil
    }
    connections = form.integer(.mysqlConnections, 1...1000, default: 8)
  }

  var place: String {
    "MySQL database \(database) on \(host.contains(":") ? "[\(host)]" : host):\(port)"
  }

  var folder: String? { nil }

  var exposures: [String] {
    guard authority == nil, !Settings.isThisMachine(host) else { return [] }
    return [
      "MySQL on \(host) is reached without TLS: anyone in between can read poses and password. "
        + "MYSQL_SSL_CA turns TLS on."
    ]
  }

  func open(_ folders: DataFolders) async throws -> OpenPoses {
    let storage = MySQLStorage.unchanged(
      MySQLConfiguration(
        host: host, port: port, user: user, password: password?.revealed ?? "", database: database,
        certificateAuthority: authority, maxConnections: connections))
    return OpenPoses(
      poses: storage.poses, trash: storage.trash, erasures: storage.erasures, runs: storage.runs,
      imports: storage.imports, uploads: storage.uploads, access: storage.access, audit: storage.audit,
      warnings: storage.warnings,
      upgrade: storage.upgrade,
      posesBeforeUpgrade: storage.posesBeforeUpgrade, close: storage.close)
  }
}
