import Foundation
import PoseCore
import StorageContract
import TestServers

@testable import MySQLStorage

/// A database and a user of its own, on the server that all tests share or on one of the test's own.
actor MySQLFixture: PoseRepositoryFixture, RunStoreFixture, UploadKeysFixture, AccessKeysFixture, AuditTrailFixture,
  TrashFixture
{
  nonisolated let server: MySQLServer
  /// Without the database, unless ``openPoses()`` or the test made it.
  nonisolated let configuration: MySQLConfiguration
  private var opened: [MySQLStorage] = []

  /// - Parameter rights: on the database, as in GRANT.
  init(_ server: MySQLServer, rights: String = "ALL") async throws {
    let name = "test_" + String(UInt64.random(in: .min ... .max), radix: 16)
    self.server = server
    configuration = MySQLConfiguration(
      host: "127.0.0.1", port: server.port, user: name, password: "pass \(name)", database: name)
    try await server.sql(
      "CREATE USER '\(name)'@'%' IDENTIFIED BY 'pass \(name)'; GRANT \(rights) ON \(name).* TO '\(name)'@'%'")
  }

  nonisolated var database: String { configuration.database }

  /// Runs SQL as root in the database.
  @discardableResult
  nonisolated func sql(_ text: String) async throws -> String {
    try await server.sql(text, database: database)
  }

  func open(_ change: (inout MySQLConfiguration) -> Void = { _ in }) async throws -> MySQLStorage {
    var configuration = configuration
    change(&configuration)
    let storage = try await MySQLStorage.open(configuration)
    opened.append(storage)
    return storage
  }

  func openPoses() async throws -> any ArchivablePoses {
    try await close()
    return try await open().poses
  }

  func openTrash() async throws -> OpenTrash {
    try await close()
    let opened = try await open()
    return OpenTrash(
      trash: opened.trash, erasures: opened.erasures, poses: opened.poses, uploads: opened.uploads)
  }

  func openUploads() async throws -> (keys: any UploadKeys, poses: any ArchivablePoses) {
    try await close()
    let opened = try await open()
    return (opened.uploads, opened.poses)
  }

  func openRuns() async throws -> any RunStore {
    try await close()
    return try await open().runs
  }

  func openRunsBeside() async throws -> any RunStore { try await open().runs }

  func openAccess() async throws -> any AccessKeys {
    try await close()
    return try await open().access
  }

  func openAccessBeside() async throws -> any AccessKeys { try await open().access }

  func openAudit() async throws -> any AuditTrail {
    try await close()
    return try await open().audit
  }

  func openAudited() async throws -> (
    audit: any AuditTrail, poses: any ArchivablePoses, access: any AccessKeys, uploads: any UploadKeys,
    runs: any RunStore
  ) {
    try await close()
    let opened = try await open()
    return (opened.audit, opened.poses, opened.access, opened.uploads, opened.runs)
  }

  func openAuditBeside() async throws -> any AuditTrail { try await open().audit }

  func close() async throws {
    for storage in opened { try await storage.close() }
    opened = []
  }

  func insertRow(imageID: String, keypoints: String, createdAt: Int64?, updatedAt: Int64?) async throws -> Int {
    func time(_ seconds: Int64?) -> String { seconds.map { "FROM_UNIXTIME(\($0))" } ?? "NULL" }
    func text(_ text: String) -> String {
      "CONVERT(X'" + text.utf8.map { String(format: "%02x", $0) }.joined() + "' USING utf8mb4)"
    }
    let id = try await sql(
      """
      INSERT INTO poses (image_id, keypoints, created_at, updated_at)
      VALUES (\(text(imageID)), \(text(keypoints)), \(time(createdAt)), \(time(updatedAt)));
      SELECT LAST_INSERT_ID();
      """)
    return Int(id.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  func execute(_ sql: String) async throws { try await self.sql(sql) }

  /// The server's numbers of the fixture's connections.
  nonisolated func connections() async throws -> [Int] {
    try await server.sql("SELECT id FROM information_schema.processlist WHERE user = '\(configuration.user)'")
      .split(separator: "\n").compactMap { Int($0) }
  }

  /// Ends the fixture's connections from the server's side.
  nonisolated func killConnections() async throws {
    let kills = try await connections().map { "KILL \($0);" }.joined()
    // one may have gone by itself in between
    if !kills.isEmpty { _ = try? await server.sql(kills) }
  }

  /// The user is gone, and so are its connections.
  func breakDown() async throws {
    try await server.sql("DROP USER '\(configuration.user)'@'%'")
    try await killConnections()
  }

  func tearDown() async {
    try? await close()
    _ = try? await server.sql(
      "DROP DATABASE IF EXISTS \(database); DROP USER IF EXISTS '\(configuration.user)'@'%'")
  }
}

/// Runs `body` with a new database on the server that all tests share; it is removed afterwards.
func withFixture(
  _ flavor: MySQLServer.Flavor, rights: String = "ALL", _ body: (MySQLFixture) async throws -> Void
) async throws {
  try await withFixture(on: try await MySQLServer.shared(flavor), rights: rights, body)
}

func withFixture(
  on server: MySQLServer, rights: String = "ALL", _ body: (MySQLFixture) async throws -> Void
) async throws {
  let fixture = try await MySQLFixture(server, rights: rights)
  do {
    try await body(fixture)
  } catch {
    await fixture.tearDown()
    throw error
  }
  await fixture.tearDown()
}
