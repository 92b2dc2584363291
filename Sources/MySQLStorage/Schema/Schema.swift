import CMariaDB
import PoseCore

/// The tables, made and upgraded by numbered steps that are never changed once released.
///
/// MySQL commits each change of a table by itself, so a step that was cut short is run again: each must be able to find
/// its work done already.
struct Schema: Sendable {
  let configuration: MySQLConfiguration

  /// Creates the database if it is missing, then creates or upgrades the tables. A database that a newer version made
  /// is refused, and left as it is. Needs no right to create where everything is in place.
  ///
  /// Several servers may do this at once. Blocks.
  func migrate() throws {
    let connection = try connect()
    let isOld = try version(connection) < Self.migrations.count
    let poses = PosesTable(configuration)
    try poses.check(connection)
    // whatever the version: others drop indexes, too
    guard try !poses.missingIndexes(connection).isEmpty || isOld else { return }
    // named by the database: others may be upgraded beside it
    let lock = "CONCAT('posevault:', LEFT(SHA2(DATABASE(), 256), 40))"
    guard try connection.rows("SELECT GET_LOCK(\(lock), 60)").first?.int(0) == 1 else {
      throw PoseVaultError(
        .storageUnavailable,
        "Another PoseVault has been upgrading the database '\(configuration.database)' for a minute. Try again later.")
    }
    if isOld { try upgrade(connection) }
    for index in try poses.missingIndexes(connection) { try index.make(connection) }
  }

  private func upgrade(_ connection: MySQLConnection) throws {
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS posevault_migrations (
        number INT NOT NULL PRIMARY KEY,
        applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
      ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
      """)
    for (index, migration) in Self.migrations.enumerated().dropFirst(try version(connection)) {
      try migration(connection)
      try connection.change("INSERT INTO posevault_migrations (number) VALUES (?)", [.int(index + 1)])
    }
  }

  /// How many poses there are in tables that ``migrate()`` would make or upgrade; nil where it has nothing to do. Changes
  /// nothing. Blocks.
  func posesBeforeMigration() throws -> Int? {
    do {
      let connection = try MySQLConnection(configuration, database: configuration.database, limits: .migration)
      let isOld = try version(connection) < Self.migrations.count
      let poses = PosesTable(configuration)
      try poses.check(connection)
      guard try !poses.missingIndexes(connection).isEmpty || isOld else { return nil }
      return Int(try connection.rows("SELECT COUNT(*) FROM poses").first?.int(0) ?? 0)
    } catch let error as MySQLError where error.isOne(of: ER_BAD_DB_ERROR, ER_NO_SUCH_TABLE) {
      return 0
    }
  }

  private func connect() throws -> MySQLConnection {
    do {
      return try MySQLConnection(configuration, database: configuration.database, limits: .migration)
    } catch let error as MySQLError where error.isOne(of: ER_BAD_DB_ERROR) {
      let name = configuration.database.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``")
      try MySQLConnection(configuration, database: nil, limits: .migration)
        .execute("CREATE DATABASE IF NOT EXISTS `\(name)` DEFAULT CHARACTER SET utf8mb4")
      return try MySQLConnection(configuration, database: configuration.database, limits: .migration)
    }
  }

  /// The number of the last step done; 0 before the first.
  private func version(_ connection: MySQLConnection) throws -> Int {
    let number: Int64
    do {
      number = try connection.rows("SELECT MAX(number) FROM posevault_migrations").first?.int(0) ?? 0
    } catch let error as MySQLError where error.isOne(of: ER_NO_SUCH_TABLE) {
      return 0
    }
    guard number <= Self.migrations.count else {
      throw PoseVaultError(
        .storageUnavailable,
        "The database '\(configuration.database)' of \(configuration) was made by a newer version of PoseVault; "
          + "use that version, or a newer one.")
    }
    return Int(number)
  }
}
