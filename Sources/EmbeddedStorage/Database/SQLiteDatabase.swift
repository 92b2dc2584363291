import GRDB
import PoseCore
import Synchronization

/// The SQLite file and its threads: one that writes, and a few that read alongside it.
///
/// Waiting for a thread is bounded, and a caller that leaves while waiting is forgotten; a transaction that has begun
/// always runs to its end, so that its outcome is known.
final class SQLiteDatabase: Sendable {
  /// The number of rows in `poses`.
  let total = RowCount()
  private let path: String
  /// The file, its log and the log's index, as they were opened.
  private let parts: [Part]
  private let pool: DatabasePool
  private let writer: BlockingPool
  private let readers: BlockingPool
  private let isErasing = Mutex(false)

  /// Opens the file, creates it if missing, and upgrades its tables. Blocks.
  ///
  /// - Parameters:
  ///   - busyTimeout: how long a write waits for one of another process, in seconds.
  ///   - isDurable: whether a write that has returned survives a power loss.
  init(path: String, busyTimeout: Double, isDurable: Bool = true) throws {
    // made here so that only its owner can read it; SQLite gives the files beside it the same rights
    try SystemCall.createFile(path)
    self.path = path
    let file = Part(path, ending: "")
    var configuration = Configuration()
    configuration.busyMode = .timeout(busyTimeout)
    configuration.maximumReaderCount = Self.readerCount
    // what is deleted is overwritten, not only forgotten
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA secure_delete = ON") }
    do {
      pool = try DatabasePool(path: path, configuration: configuration)
      // GRDB sets NORMAL for WAL, which may lose the last transactions in a power loss
      try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = \(isDurable ? "FULL" : "OFF")")
      }
      try Schema.migrate(pool)
      try Self.eraseOldRemains(pool, path)
    } catch {
      throw Self.failure(error)
    }
    // they stay the same ones for as long as the pool is open
    parts = [file, Part(path, ending: "-wal"), Part(path, ending: "-shm")].compactMap { $0 }
    writer = BlockingPool("database writes", threads: 1, maxWaiting: 1000, waitLimit: .seconds(10))
    readers = BlockingPool("database reads", threads: Self.readerCount, maxWaiting: 1000, waitLimit: .seconds(10))
  }

  /// Older versions left deleted data in the file: it is rewritten once without it.
  ///
  /// Files of more than a gigabyte are left to their operator, since that takes long and as much space again.
  private static func eraseOldRemains(_ pool: DatabasePool, _ path: String) throws {
    let isClean = try pool.read { db in
      try Bool.fetchOne(db, sql: "SELECT 1 FROM posevault_meta WHERE name = 'remains_erased'") ?? false
    }
    guard !isClean, let size = SystemCall.size(path), size <= 1 << 30 else { return }
    do {
      try pool.vacuum()
    } catch let error as DatabaseError where [.SQLITE_FULL, .SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
      // the next opening tries again
      return
    }
    try pool.write { db in
      try db.execute(sql: "INSERT OR IGNORE INTO posevault_meta (name, value) VALUES ('remains_erased', '1')")
    }
  }

  func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await onReader { [pool] in try pool.read(body) }
  }

  private struct Part {
    let path: String
    /// The suffix after the database's name.
    let ending: String
    let identity: FileIdentity

    /// nil if there is no such file.
    init?(_ path: String, ending: String) {
      guard let identity = SystemCall.identity(path + ending) else { return nil }
      self.path = path + ending
      self.ending = ending
      self.identity = identity
    }
  }

  /// Throws `storageUnavailable` if a file at its path is not the one that was opened: it was removed or replaced, and
  /// anything written to the open one is lost when the process ends. The log contains the latest writes; a process that
  /// finds no index for it considers it a leftover. Blocks.
  private func requireOwnFiles() throws {
    guard let other = parts.first(where: { SystemCall.identity($0.path) != $0.identity }) else { return }
    guard !other.ending.isEmpty else {
      throw PoseVaultError(
        .storageUnavailable, "The database file was removed or replaced while it was in use. Restart PoseVault.")
    }
    throw PoseVaultError(
      .storageUnavailable,
      "The database's \(other.ending) file was removed or replaced while it was in use. Put it back and restart PoseVault."
    )
  }

  /// Throws `storageUnavailable` if one of the files is gone.
  func check() async throws { try await onReader { [self] in try requireOwnFiles() } }

  /// Runs `body` in a transaction, and makes sure that the files are still there afterwards. Blocks.
  private func commit<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try requireOwnFiles()
    let value = try pool.write(body)
    try requireOwnFiles()
    return value
  }

  /// Runs `body` in a transaction that holds SQLite's write lock from its start, and is durable at its end.
  ///
  /// `then` runs with the outcome after the commit or the rollback, before any other write of this process.
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

  /// As ``write(_:then:)``; `rowsAdded` returns how many rows of `poses` were added, given what `body` returned.
  func write<Value: Sendable>(
    rowsAdded: @escaping @Sendable (Value) -> Int, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await run(on: writer) { [self] in
      try total.changing({ try commit(body) }, by: rowsAdded)
    }
  }

  /// As ``write(_:then:)``, and writes the entry of ``AuditNote/current`` in the same transaction.
  ///
  /// - Parameters:
  ///   - rowsAdded: how many rows of `poses` were added; nil if none is added or removed.
  ///   - subjects: what was changed, given what `body` returned; empty if nothing was.
  func change<Value: Sendable>(
    rowsAdded: (@Sendable (Value) -> Int)? = nil, noting subjects: @escaping @Sendable (Value) -> [String],
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    let note = AuditNote.current
    let noted = { @Sendable (db: Database) throws -> Value in
      let value = try body(db)
      let found = subjects(value)
      if let note, !found.isEmpty { try SQLiteAuditTrail.append(note.entry(of: found), db) }
      return value
    }
    let value: Value
    if let rowsAdded { value = try await write(rowsAdded: rowsAdded, noted) } else { value = try await write(noted) }
    if !subjects(value).isEmpty { note?.markWritten() }
    return value
  }

  /// Empties the write-ahead log within seconds, since it contains rows from before they were deleted.
  ///
  /// If a long read needs the log, this is retried. Closing the last connection empties it, too.
  func eraseSoon() {
    let isAskedFor = isErasing.withLock { isErasing in
      defer { isErasing = true }
      return isErasing
    }
    guard !isAskedFor else { return }
    Task { [weak self] in
      for pause in [2, 10, 60, 600] {
        try? await Task.sleep(for: .seconds(pause))
        guard let self else { return }
        // from now on, another deletion asks anew
        isErasing.withLock { $0 = false }
        if (try? await run(on: writer, { [pool] in try Self.emptyLog(pool) })) ?? true { return }
      }
    }
  }

  /// Whether the log is now empty. Blocks, but never long for a reader.
  private static func emptyLog(_ pool: DatabasePool) throws -> Bool {
    try pool.writeWithoutTransaction { db in
      let state = try db.checkpoint(.passive)
      guard state.walFrameCount == state.checkpointedFrameCount else { return false }
      let patience = try Int.fetchOne(db, sql: "PRAGMA busy_timeout") ?? 5000
      try db.execute(sql: "PRAGMA busy_timeout = 50")
      defer { try? db.execute(sql: "PRAGMA busy_timeout = \(patience)") }
      do {
        try db.checkpoint(.truncate)
        return true
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
        return false
      }
    }
  }

  /// A connection whose reads all see the database as of now; its user closes it, with ``onReader(_:)``.
  func snapshot() async throws -> DatabaseSnapshot {
    try await onReader { [pool] in try pool.makeSnapshot() }
  }

  /// Runs `body`, which reads on a connection of its own, on one of the readers' threads.
  func onReader<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await run(on: readers, body)
  }

  var pools: [PoolLoad] { [writer.load(named: "database_writes"), readers.load(named: "database_reads")] }

  /// Waits for the calls in progress; later calls throw `shuttingDown`.
  func close() async throws {
    try await readers.shutDown()
    try await run(on: writer) { [pool] in
      // else the log would keep what was written last, and a copy of the main file alone would lack it;
      // the passive kind waits for nobody
      _ = try? pool.writeWithoutTransaction { db in try db.checkpoint(.passive) }
      _ = try? Self.emptyLog(pool)
      try pool.close()
    }
    try await writer.shutDown()
  }

  /// Moves everything in the log into the main file, which is then the whole database. Nobody else has it open.
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

extension SQLiteDatabase {
  /// SQLite's error in the common error type; other errors unchanged.
  static func failure(_ error: any Error) -> any Error {
    switch error {
    // a connection that is opened anew reads the tables' names from the file, where one that was open knew them
    case let error as DatabaseError where error.message?.hasPrefix("no such table") == true:
      return PoseVaultError(.storageUnavailable, "The database file is damaged: it has lost a table.", cause: error)
    case let error as DatabaseError:
      let (code, message) = describe(error.extendedResultCode)
      return PoseVaultError(code, message, cause: error, nothingWasWritten: isCertainlyUnwritten(error.resultCode))
    case is RowDecodingError:
      return PoseVaultError(.internal, "A database row holds a value of an unexpected type.", cause: error)
    default:
      return error
    }
  }

  /// The transaction was rolled back, or never begun. After a disk failure, it is open how much of a commit is on the
  /// disk.
  private static func isCertainlyUnwritten(_ code: ResultCode) -> Bool {
    switch code {
    case .SQLITE_FULL, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_CANTOPEN,
      .SQLITE_NOMEM, .SQLITE_CONSTRAINT, .SQLITE_TOOBIG:
      true
    default: false
    }
  }

  private static func describe(_ code: ResultCode) -> (PoseVaultError.Code, String) {
    switch code {
    // the second: no room for the file beside a write-ahead log
    case .SQLITE_FULL, .SQLITE_IOERR_SHMSIZE:
      (.storageUnavailable, "The database can't be written: the disk is full.")
    case .SQLITE_IOERR: (.storageUnavailable, "The database can't be read or written: the disk reports an error.")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: (.storageUnavailable, "The database file is damaged.")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      (.storageUnavailable, "The database is busy: another process has been writing to it for too long.")
    case .SQLITE_CANTOPEN: (.storageUnavailable, "The database file can't be opened.")
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
      (.storageUnavailable, "The database file is not writable.")
    case .SQLITE_NOMEM: (.storageUnavailable, "The database has run out of memory.")
    default: (.internal, "The database refused a statement.")
    }
  }
}
