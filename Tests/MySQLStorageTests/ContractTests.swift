import StorageContract
import TestServers
import Testing

@Suite("The MySQL storage keeps the storage contract", .serialized)
struct ContractTests {
  @Test("MariaDB is there to be tested with, MySQL 9 where set-up could install it")
  func servers() throws {
    #expect(MySQLServer.isAvailable(.mariadb))
    if !MySQLServer.isAvailable(.mysql9) { try Missing.leaveOut("MySQL 9 is not installed") }
  }

  @Test("poses", arguments: MySQLServer.available, PoseRepositoryContract.checks)
  func poses(flavor: MySQLServer.Flavor, check: PoseRepositoryContract.Check) async throws {
    try await withFixture(flavor) { try await check.run($0) }
  }

  @Test("poses that are archived", arguments: MySQLServer.available, ArchivablePosesContract.checks)
  func archivablePoses(flavor: MySQLServer.Flavor, check: ArchivablePosesContract.Check) async throws {
    try await withFixture(flavor) { try await check.run($0) }
  }

  @Test("keys of uploads", arguments: MySQLServer.available, UploadKeysContract.checks)
  func uploadKeys(flavor: MySQLServer.Flavor, check: UploadKeysContract.Check) async throws {
    try await withFixture(flavor) { try await check.run($0) }
  }

  @Test("trash and erasure", arguments: MySQLServer.available, TrashContract.checks)
  func trash(flavor: MySQLServer.Flavor, check: TrashContract.Check) async throws {
    try await withFixture(flavor) { try await check.run($0) }
  }

  @Test("keys and sessions", arguments: MySQLServer.available, AccessKeysContract.checks)
  func accessKeys(flavor: MySQLServer.Flavor, check: AccessKeysContract.Check) async throws {
    try await withFixture(flavor) { try await check.run($0) }
  }

  @Test("the audit trail", arguments: MySQLServer.available, AuditTrailContract.checks)
  func auditTrail(flavor: MySQLServer.Flavor, check: AuditTrailContract.Check) async throws {
    try await withFixture(flavor) { try await check.run($0) }
  }

  @Test("runs", arguments: MySQLServer.available, RunStoreContract.checks)
  func runs(flavor: MySQLServer.Flavor, check: RunStoreContract.Check) async throws {
    try await withFixture(flavor) { try await check.run($0) }
  }
}
