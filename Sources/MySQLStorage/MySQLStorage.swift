import PoseCore

/// Poses and runs in MySQL 8 or later or MariaDB 10.6 or later, shared by any number of servers.
public final class MySQLStorage: Sendable {
  public let poses: MySQLPoseRepository
  public let runs: MySQLRunStore
  let database: MySQLDatabase

  /// Connects, creates the database if it is missing and the user may, and brings the tables up to date.
  ///
  /// Throws `storageUnavailable` when the server can't be reached, refuses the user or a right, or when a newer version
  /// of PoseVault made the database.
  public static func open(_ configuration: MySQLConfiguration) async throws -> MySQLStorage {
    let thread = BlockingPool("database upgrades", threads: 1, maxWaiting: 0, waitLimit: .zero)
    do {
      try await thread.run { try Schema(configuration: configuration).migrate() }
      try await thread.shutDown()
    } catch {
      try await thread.shutDown()
      if let error = error as? MySQLError { throw configuration.failure(error) }
      throw error
    }
    return MySQLStorage(configuration)
  }

  private init(_ configuration: MySQLConfiguration) {
    database = MySQLDatabase(configuration)
    poses = MySQLPoseRepository(database: database)
    runs = MySQLRunStore(database: database)
  }

  /// Waits for the calls under way; later calls throw `shuttingDown`.
  public func close() async throws {
    try await database.close()
  }
}
