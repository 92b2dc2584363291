import Foundation
import TestServers
import Testing

/// A MySQL or MariaDB server and a MongoDB server, set up word for word as `docs/databases.md` says.
struct Databases: Sendable {
  let mysql: MySQLServer
  let mongodb: MongoDBServer
  /// What `posevault` has to be told to use them.
  let settings: [String: String]

  /// - Parameters: where the servers' folders are made, else among the system's temporary files.
  static func start(
    _ flavor: MySQLServer.Flavor, mysqlBelow: String? = nil, mongodbBelow: String? = nil
  ) async throws -> Databases {
    async let mysql = MySQLServer.start(flavor, below: mysqlBelow)
    async let mongodb = MongoDBServer.start(options: ["--auth"], below: mongodbBelow)
    let databases = Databases(mysql: try await mysql, mongodb: try await mongodb)
    try await databases.mysql.sql(try Documentation.block("sql", of: "databases.md"))
    // mongosh's createUser takes what the server's command of that name takes; here pymongo sends it
    let block = try Documentation.block("js", of: "databases.md")
    let call = try #require(block.firstMatch(of: /use\("(\w+)"\)\s+db\.createUser\((\{[^)]*\})\)/), "\(block)")
    try await databases.mongodb.python(
      """
      import json
      client.admin.command("createUser", "admin", pwd="secret", roles=["root"])
      client.close()
      admin = pymongo.MongoClient(sys.argv[1].replace("//", "//admin:secret@"))
      user = json.loads(\"\"\"\(call.2)\"\"\")
      admin["\(call.1)"].command("createUser", user.pop("user"), **user)
      """)
    return databases
  }

  private init(mysql: MySQLServer, mongodb: MongoDBServer) {
    self.mysql = mysql
    self.mongodb = mongodb
    settings = [
      "MYSQL_HOST": "127.0.0.1", "MYSQL_PORT": "\(mysql.port)", "MYSQL_USER": "posevault",
      "MYSQL_PASSWORD": "choose-a-password", "MYSQL_DATABASE": "posevault",
      "MONGODB_URI": "mongodb://posevault:choose-another@127.0.0.1:\(mongodb.port)/pose_images_db",
    ]
  }

  /// What the stock client reads from the poses' database.
  func sql(_ statement: String) async throws -> String {
    try await mysql.sql(statement, database: "posevault", user: "posevault", password: "choose-a-password")
  }

  /// What a script with pymongo prints, in which `db` is the pictures' database.
  @discardableResult
  func python(_ script: String) async throws -> String {
    try await mongodb.python("db = client.get_default_database()\n" + script, uri: settings["MONGODB_URI"])
  }
}

/// What users are told.
enum Documentation {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL.path

  static func file(_ path: String) throws -> String {
    try String(contentsOfFile: root + "/" + path, encoding: .utf8)
  }

  /// A block of code in this language in a file of `docs`, the first being number 0.
  static func block(_ language: String, _ number: Int = 0, of name: String) throws -> String {
    let parts = try file("docs/" + name).components(separatedBy: "```\(language)\n").dropFirst()
    let block = try #require(parts.dropFirst(number).first, "docs/\(name) has no block \(number) of \(language)")
    return block.components(separatedBy: "```")[0]
  }
}
