import PoseCore

/// Poses and runs in MySQL 8 or later or MariaDB 10.6 or later, shared by any number of servers.
public final class MySQLStorage: Sendable {
  public let poses: MySQLPoseRepository
  public let runs: MySQLRunStore
  public let trash: MySQLTrash
  public let erasures: MySQLErasures
  public let imports: MySQLImportClaims
  public let uploads: MySQLUploadKeys
  public let access: MySQLAccessKeys
  public let audit: MySQLAuditTrail
  let database: MySQLDatabase
  private let schema: Schema

  /// Connects, creates the database if it is missing and the user has the right to, and upgrades the tables.
  ///
  /// Throws `storageUnavailable` if the server can't be reached, refuses the user or a right, or if the database was
  /// made by a newer version of PoseVault.
  public static func open(_ configuration: MySQLConfiguration) async throws -> MySQLStorage {
    let storage = unchanged(configuration)
    do {
      try await storage.upgrade()
      return storage
    } catch {
      try? await storage.close()
      throw error
    }
  }

  /// Leaves the database as it is, and does not contact it yet: tables, or the database, may be missing until
  /// ``upgrade()``.
  public static func unchanged(_ configuration: MySQLConfiguration) -> MySQLStorage {
    MySQLStorage(Schema(configuration: configuration))
  }

  /// Creates the database if it is missing and the user has the right to, and upgrades the tables.
  ///
  /// Throws as ``open(_:)`` does.
  public func upgrade() async throws {
    try await onThread { try $0.migrate() }
  }

  /// The number of poses in tables that ``upgrade()`` would create or upgrade; nil if they are up to date. Changes
  /// nothing.
  ///
  /// Throws as ``open(_:)`` does.
  public func posesBeforeUpgrade() async throws -> Int? {
    try await onThread { try $0.posesBeforeMigration() }
  }

  private init(_ schema: Schema) {
    self.schema = schema
    database = MySQLDatabase(schema.configuration)
    poses = MySQLPoseRepository(database: database)
    runs = MySQLRunStore(database: database)
    trash = MySQLTrash(database: database)
    erasures = MySQLErasures(database: database)
    uploads = MySQLUploadKeys(database: database)
    access = MySQLAccessKeys(database: database)
    audit = MySQLAuditTrail(database: database)
    imports = MySQLImportClaims(schema.configuration)
  }

  /// Waits for the calls in progress; later calls throw `shuttingDown`.
  public func close() async throws {
    try await imports.close()
    try await database.close()
  }

  private func onThread<Value: Sendable>(_ body: @escaping @Sendable (Schema) throws -> Value) async throws -> Value {
    let thread = BlockingPool("database upgrades", threads: 1, maxWaiting: 0, waitLimit: .zero)
    let outcome: Result<Value, any Error>
    do {
      outcome = .success(
        try await RetryRule.attempts { number in
          let start = ContinuousClock.now
          return try await thread.run { [schema] in
            do {
              return try body(schema)
            } catch let error as MySQLError {
              // servers that make tables at once can meet in MySQL's own dictionary; steps find what is done already
              throw RetryRule.Attempt(number: number, error: error, hasChanges: true, duration: .now - start)
            }
          }
        })
    } catch let attempt as RetryRule.Attempt {
      outcome = .failure(schema.configuration.failure(attempt.error))
    } catch {
      outcome = .failure(error)
    }
    try await thread.shutDown()
    return try outcome.get()
  }
}

extension MySQLStorage {
  /// Server settings with which a power loss can destroy acknowledged data, one line each, for `doctor`.
  public func warnings() async throws -> [String] {
    try await database.read { connection in
      let settings = try connection.rows(
        """
        SELECT @@GLOBAL.innodb_flush_log_at_trx_commit, @@GLOBAL.log_bin, @@GLOBAL.sync_binlog,
          CAST(@@GLOBAL.innodb_doublewrite AS CHAR)
        """)
      let engine = try connection.rows(
        "SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'poses'")
      guard let row = settings.first else { return [] }
      var warnings: [String] = []
      if try row.int(0) != 1 {
        warnings.append(
          "innodb_flush_log_at_trx_commit is \(row.text(0) ?? "unknown"), not 1: the last second may be lost.")
      }
      if try row.int(1) == 1, try row.int(2) != 1 {
        warnings.append("sync_binlog is \(row.text(2) ?? "unknown"), not 1: the binary log may lack the last changes.")
      }
      if let doublewrite = row.text(3), ["0", "OFF", "DETECT_ONLY"].contains(doublewrite.uppercased()) {
        warnings.append("innodb_doublewrite is \(doublewrite): a page that was half written can't be repaired.")
      }
      if let engine = engine.first?.text(0), engine.uppercased() != "INNODB" {
        warnings.append("The table poses uses the engine \(engine), not InnoDB, and so has no transactions.")
      }
      let unique = try connection.rows(
        """
        SELECT index_name FROM information_schema.statistics
        WHERE table_schema = DATABASE() AND table_name = 'poses' AND non_unique = 0
        GROUP BY index_name HAVING COUNT(*) = 1 AND MAX(column_name) = 'image_id'
        """)
      if let name = unique.first?.text(0) {
        warnings.append("The index \(name) of poses allows one row for each picture: several people can't be stored.")
      }
      return warnings
    }
  }
}
