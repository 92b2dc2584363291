import CMongoC
import PoseCore

/// libmongoc's connection pool and the threads that use it, as many threads as connections.
// Guarded by: libmongoc's pool is safe for any thread; it is destroyed once, when the threads have ended.
final class ClientPool: @unchecked Sendable {
  let server: String
  private let pool: OpaquePointer
  private let database: String
  private let threads: BlockingPool
  private let busy: PoseVaultError

  /// Blocks while the connection string's hosts are looked up in DNS.
  init(_ string: ConnectionString, maxWaiting: Int, waitLimit: Duration) throws {
    server = "MongoDB at \(string.hosts)"
    database = string.database
    busy = PoseVaultError(.storageUnavailable, "\(server) is too busy: no connection became free in time.")
    var error = bson_error_t()
    guard let pool = mongoc_client_pool_new_with_error(string.parsed, &error) else {
      let failure = MongoFailure(error)
      guard failure.kind == .unknownHost else {
        throw PoseVaultError(.configuration, "The TLS options in MONGODB_URI are not valid.", cause: failure)
      }
      throw failure.explained("connect", server: server)
    }
    self.pool = pool
    mongoc_client_pool_set_error_api(pool, 2)
    threads = BlockingPool(
      "calls of MongoDB", threads: string.clients, maxWaiting: maxWaiting, waitLimit: waitLimit)
  }

  func load(named name: String) -> PoolLoad { threads.load(named: name) }

  /// Runs `body` on a thread with the bucket, over a connection of its own.
  ///
  /// Throws `storageUnavailable` if none becomes free in time, `shuttingDown`, `CancellationError`, or what `body`
  /// throws; a ``MongoFailure`` becomes a `storageUnavailable` that says what could not be done (`what`, such as "read
  /// the picture").
  func run<Value: Sendable>(
    _ what: String, _ body: @escaping @Sendable (borrowing Bucket) throws -> Value
  ) async throws -> Value {
    do {
      try Task.checkCancellation()
      return try await threads.run { [self] in
        guard let client = mongoc_client_pool_pop(pool) else { throw busy }
        defer { mongoc_client_pool_push(pool, client) }
        return try body(Bucket(client: client, database: database))
      }
    } catch let failure as MongoFailure {
      throw failure.explained(what, server: server)
    } catch let error as PoseVaultError where error.code == .queueFull {
      throw busy
    }
  }

  /// Waits for the calls in progress.
  func shutDown() async throws {
    try await threads.shutDown()
  }

  /// Closes the connections; no call may be in progress or follow. Blocks.
  func destroy() {
    mongoc_client_pool_destroy(pool)
  }

  /// Initializes the library, once per process.
  static func prepareLibrary() {
    prepared
  }

  /// Its log would go to standard error, bypassing ours, and may quote the connection string.
  private static let prepared: Void = {
    mongoc_log_set_handler(nil, nil)
    mongoc_init()
  }()
}
