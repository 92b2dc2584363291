import GRDB
import PoseCore

/// The SQLite file and the threads that work on it: one that writes, a few that read beside it.
///
/// Waiting for a thread is bounded, and a caller that goes away while waiting is forgotten; a transaction that has
/// begun always runs to its end, so that its outcome is known.
final class SQLiteDatabase: Sendable {
  /// The rows of `poses`.
  let total = RowCount()
  private let path: String
  private let file: FileIdentity?
  private let pool: DatabasePool
  private let writer: BlockingPool
  private let readers: BlockingPool

  /// Opens the file, creates it when missing, and brings its tables up to date. Blocks.
  ///
  /// - Parameters:
  ///   - busyTimeout: how long a write waits for one of another process, in seconds.
  ///   - isDurable: whether a write that has returned survives a power loss.
  init(path: String, busyTimeout: Double, isDurable: Bool = true) throws {
    // made here so that only its owner can read it; SQLite gives the files beside it the same rights
    try SystemCall.createFile(path)
    self.path = path
    file = SystemCall.identity(path)
    var configuration = Configuration()
    configuration.busyMode = .timeout(busyTimeout)
    configuration.maximumReaderCount = Self.readerCount
    do {
      pool = try DatabasePool(path: path, configuration: configuration)
      // GRDB sets NORMAL for WAL, which may lose the last transactions in a power loss
      try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = \(isDurable ? "FULL" : "OFF")")
      }
      try Schema.migrate(pool)
    } catch {
      throw Self.failure(error)
    }
    writer = BlockingPool("database writes", threads: 1, maxWaiting: 1000, waitLimit: .seconds(10))
    readers = BlockingPool("database reads", threads: Self.readerCount, maxWaiting: 1000, waitLimit: .seconds(10))
  }

  func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await onReader { [pool] in try pool.read(body) }
  }

  /// Throws `storageUnavailable` where the file at the path is not the one that was opened: it was removed or replaced,
  /// and what is written to the open one is lost when the process ends. Blocks.
  private func requireOwnFile() throws {
    guard SystemCall.identity(path) == file else {
      throw PoseVaultError(
        .storageUnavailable, "The database file was removed or replaced while it was in use. Restart PoseVault.")
    }
  }

  /// Throws `storageUnavailable` where the file is no longer there.
  func check() async throws { try await onReader { [self] in try requireOwnFile() } }

  /// Runs `body` in a transaction, in a file that is still there afterwards. Blocks.
  private func commit<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try requireOwnFile()
    let value = try pool.write(body)
    try requireOwnFile()
    return value
  }

  /// Runs `body` in a transaction that holds SQLite's write lock from its start, and is durable at its end.
  ///
  /// `then` runs with the outcome after the commit or the rollback, still before any other write of this process.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value,
    then: @escaping @Sendable (Result<Value, any Error>) -> Void = { _ in }
  ) async throws -> Value {
    try await run(on: writer) { [self] in
      let outcome = Result { try commit(body) }
      then(outcome)
      return try outcome.get()
    }
  }

  /// As ``write(_:then:)``; `rowsAdded` tells by how many rows of `poses` there are more, given what `body` returned.
  func write<Value: Sendable>(
    rowsAdded: @escaping @Sendable (Value) -> Int, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await run(on: writer) { [self] in
      try total.changing({ try commit(body) }, by: rowsAdded)
    }
  }

  /// A connection whose reads all see the database as it is now; its user closes it, with ``onReader(_:)``.
  func snapshot() async throws -> DatabaseSnapshot {
    try await onReader { [pool] in try pool.makeSnapshot() }
  }

  /// Runs `body`, which reads on a connection of its own, on one of the readers' threads.
  func onReader<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await run(on: readers, body)
  }

  var pools: [PoolLoad] { [writer.load(named: "database_writes"), readers.load(named: "database_reads")] }

  /// Waits for what is under way; later calls throw `shuttingDown`.
  func close() async throws {
    try await readers.shutDown()
    try await run(on: writer) { [pool] in
      // else the log would keep what was written last, and a copy of the main file alone would lack it;
      // the passive kind waits for nobody
      _ = try? pool.writeWithoutTransaction { db in try db.checkpoint(.passive) }
      try pool.close()
    }
    try await writer.shutDown()
  }

  /// Brings all that the log holds into the main file, which then is all of the database. Nobody else has it open.
  static func foldLog(of path: String) throws {
    do {
      let queue = try DatabaseQueue(path: path)
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA synchronous = FULL")
        try db.checkpoint(.truncate)
      }
      try queue.close()
    } catch {
      throw failure(error)
    }
  }

  private func run<Value: Sendable>(
    on threads: BlockingPool, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    do {
      return try await threads.run(body)
    } catch {
      throw Self.failure(error)
    }
  }

  private static let readerCount = 4
}
