import StorageContract
import TestServers
import Testing

@Suite("GridFS keeps the storage contract", .serialized)
struct ContractTests {
  /// Of this suite alone, because one check breaks it.
  private static let server = Task { try await MongoDBServer.start() }

  @Test("pictures", arguments: ImageStoreContract.checks + ImageStoreContract.lookups)
  func pictures(check: ImageStoreContract.Check) async throws {
    try await GridFSFixture.with(try await Self.server.value) { try await check.run($0) }
  }
}
