import StorageContract
import Testing

@Suite("The embedded storage keeps the storage contract", .serialized)
struct ContractTests {
  @Test("poses", arguments: PoseRepositoryContract.checks)
  func poses(check: PoseRepositoryContract.Check) async throws {
    try await withFixture { try await check.run($0) }
  }

  @Test("poses that are archived", arguments: ArchivablePosesContract.checks)
  func archivablePoses(check: ArchivablePosesContract.Check) async throws {
    try await withFixture { try await check.run($0) }
  }

  @Test("pictures", arguments: ImageStoreContract.checks + ImageStoreContract.lookups)
  func pictures(check: ImageStoreContract.Check) async throws {
    try await withFixture { try await check.run($0) }
  }

  @Test("keys of uploads", arguments: UploadKeysContract.checks)
  func uploadKeys(check: UploadKeysContract.Check) async throws {
    try await withFixture { try await check.run($0) }
  }

  @Test("trash and erasure", arguments: TrashContract.checks)
  func trash(check: TrashContract.Check) async throws {
    try await withFixture { try await check.run($0) }
  }

  @Test("keys and sessions", arguments: AccessKeysContract.checks)
  func accessKeys(check: AccessKeysContract.Check) async throws {
    try await withFixture { try await check.run($0) }
  }

  @Test("the audit trail", arguments: AuditTrailContract.checks)
  func auditTrail(check: AuditTrailContract.Check) async throws {
    try await withFixture { try await check.run($0) }
  }

  @Test("runs", arguments: RunStoreContract.checks)
  func runs(check: RunStoreContract.Check) async throws {
    try await withFixture { try await check.run($0) }
  }
}
