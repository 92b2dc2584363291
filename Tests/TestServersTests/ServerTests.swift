import Foundation
import TestServers
import Testing

@Suite("Servers that tests start")
struct ServerTests {
  @Test("keep what was acknowledged over kill -9, on the same port", arguments: MySQLServer.available)
  func mysqlKill(_ flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.start(flavor, options: ["--max-connections=17"])
    let database = try await server.makeDatabase()
    try await server.sql("CREATE TABLE t (x INT); INSERT INTO t VALUES (1), (2)", database: database)
    try await server.kill9()
    await #expect(throws: TestServerFailure.self) { try await server.sql("SELECT 1") }
    try await server.restart()
    #expect(try await server.sql("SELECT x FROM t ORDER BY x", database: database) == "1\n2\n")
    #expect(try await server.sql("SELECT @@max_connections") == "17\n")
    try await server.stop()
  }

  @Test("wait for the disk as a user's do", arguments: MySQLServer.available)
  func durability(_ flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.start(flavor)
    #expect(try await server.sql("SELECT @@innodb_flush_log_at_trx_commit") == "1\n")
  }

  @Test("hang while they are paused, and then answer", arguments: MySQLServer.available)
  func mysqlPause(_ flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.start(flavor)
    server.pause()
    async let answer = server.sql("SELECT 'late'")
    try await Task.sleep(for: .milliseconds(500))
    let resumed = Date()
    server.resume()
    #expect(try await answer == "late\n")
    #expect(Date() > resumed)
  }

  @Test("are shared by all who ask for the shared one", arguments: MySQLServer.available)
  func shared(_ flavor: MySQLServer.Flavor) async throws {
    async let one = MySQLServer.shared(flavor)
    async let other = MySQLServer.shared(flavor)
    #expect(try await one === other)
    #expect(try await one.makeDatabase() != other.makeDatabase())
  }

  @Test("of MongoDB keep what was acknowledged over kill -9", arguments: [[], ["--replSet", "rs0"]])
  func mongoKill(options: [String]) async throws {
    let server = try await MongoDBServer.start(options: options)
    let database = server.makeDatabase()
    let collection = "client.get_database('\(database)', write_concern=pymongo.WriteConcern('majority', j=True)).c"
    try await server.python("\(collection).insert_one({'_id': 7})")
    try await server.kill9()
    try await server.restart()
    #expect(try await server.python("print(\(collection).find_one())") == "{'_id': 7}\n")
  }

  @Test("of MongoDB ask for a password", arguments: [["--auth"], ["--auth", "--replSet", "rs0"]])
  func mongoAuthentication(options: [String]) async throws {
    let server = try await MongoDBServer.start(options: options)
    try await server.python("client.admin.command('createUser', 'admin', pwd='secret', roles=['root'])")
    await #expect(throws: TestServerFailure.self) { try await server.python("client.db.c.find_one()") }
    let uri = server.uri().replacing("//", with: "//admin:secret@")
    #expect(try await server.python("print(client.db.c.find_one())", uri: uri) == "None\n")
  }

  @Test("end with the one who started them, even when they are paused, and take their folder along")
  func end() async throws {
    var server: MongoDBServer? = try await MongoDBServer.start()
    let folder = try #require(server?.folder)
    let pid = try String(contentsOfFile: folder + "/data/mongod.lock", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(FileManager.default.fileExists(atPath: "/proc/\(pid)/exe"))
    server?.pause()
    server = nil
    for _ in 0..<500 where FileManager.default.fileExists(atPath: folder) {
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(!FileManager.default.fileExists(atPath: folder))
    #expect(!FileManager.default.fileExists(atPath: "/proc/\(pid)/exe"))
  }
}
