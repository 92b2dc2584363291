#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import GRDB
import Glibc
import PoseCore

/// A sorted map on disk: an SQLite table in an unlinked file.
// Guarded by: its one user makes one call after another; the queue lets one in at a time.
final class SQLiteIndex: ScratchIndex, @unchecked Sendable {
  private let queue: DatabaseQueue
  private(set) var count = 0

  /// Blocks.
  init(in folder: String) throws {
    // as the spools of backups are called, so that one of a process that was killed just now is removed
    let path = "\(folder)/\(String(UInt64.random(in: .min ... .max), radix: 16)).spool"
    try SystemCall.createFile(path)
    defer { unlink(path) }
    var configuration = Configuration()
    // one transaction that never ends: nothing of it must survive
    configuration.allowsUnsafeTransactions = true
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.inDatabase { db in
        for line in ["journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -1000"] {
          try db.execute(sql: "PRAGMA \(line)")
        }
        try db.execute(sql: "CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
        try db.execute(sql: "BEGIN")
      }
    } catch {
      throw Self.failure(error)
    }
  }

  func value(of key: [UInt8]) throws -> [UInt8]? {
    try run { db in
      try Row.fetchOne(db.cachedStatement(sql: "SELECT value FROM entries WHERE key = ?"), arguments: [Data(key)])
        .map { try Self.bytes($0, 0) }
    }
  }

  func insert(_ value: [UInt8], for key: [UInt8]) throws -> Bool { try insert(contentsOf: [(key, value)]) == 1 }

  func insert(contentsOf entries: [Entry]) throws -> Int {
    try run { db in
      let statement = try db.cachedStatement(sql: "INSERT OR IGNORE INTO entries (key, value) VALUES (?, ?)")
      var added = 0
      for entry in entries {
        try statement.execute(arguments: [Data(entry.key), Data(entry.value)])
        added += db.changesCount
      }
      count += added
      return added
    }
  }

  func remove(_ key: [UInt8]) throws -> Bool {
    try run { db in
      try db.cachedStatement(sql: "DELETE FROM entries WHERE key = ?").execute(arguments: [Data(key)])
      count -= db.changesCount
      return db.changesCount == 1
    }
  }

  func entries(after key: [UInt8]?, before end: [UInt8]?, limit: Int) throws -> [Entry] {
    try run { db in
      let sql = """
        SELECT key, value FROM entries WHERE \(key == nil ? "?1 IS NULL" : "key > ?1") \
        AND \(end == nil ? "?2 IS NULL" : "key < ?2") ORDER BY key LIMIT ?3
        """
      let rows = try Row.fetchCursor(
        db.cachedStatement(sql: sql), arguments: [key.map { Data($0) }, end.map { Data($0) }, limit])
      var entries: [Entry] = []
      while let row = try rows.next() { entries.append((try Self.bytes(row, 0), try Self.bytes(row, 1))) }
      return entries
    }
  }

  private static func bytes(_ row: Row, _ index: Int) throws -> [UInt8] {
    try row.withUnsafeData(atIndex: index) { $0.map { [UInt8]($0) } ?? [] }
  }

  private func run<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do {
      return try queue.inDatabase(body)
    } catch {
      throw Self.failure(error)
    }
  }

  private static func failure(_ error: any Error) -> any Error {
    guard let error = error as? DatabaseError else { return error }
    return PoseVaultError(
      .fileSystem, "Could not write a working file of the backup: \(error.message ?? "").", cause: error)
  }
}
