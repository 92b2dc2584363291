public import PoseCore
import Synchronization

/// Claims as server locks, which belong to one connection: they end with it.
public final class MySQLImportClaims: ImportClaims {
  private let configuration: MySQLConfiguration
  private let thread = BlockingPool("import claims", threads: 1, maxWaiting: 10_000, waitLimit: .seconds(60))
  private let connection = Mutex<MySQLConnection?>(nil)

  init(_ configuration: MySQLConfiguration) {
    self.configuration = configuration
  }

  public func claim(_ name: String) async throws -> Bool {
    try await run { connection in
      try connection.rows("SELECT GET_LOCK(\(Self.lock), 0)", [.text(name)]).first?.int(0) == 1
    }
  }

  public func release(_ name: String) async {
    // in a task of its own: a cancelled import must let go, too
    await Task {
      _ = try? await run { connection in try connection.rows("SELECT RELEASE_LOCK(\(Self.lock))", [.text(name)]) }
    }.value
  }

  func close() async throws {
    try await thread.run { [self] in
      let ended = connection.withLock { connection in
        defer { connection = nil }
        return connection
      }
      withExtendedLifetime(ended) {}
    }
    try await thread.shutDown()
  }

  /// A lost connection is not reopened: others may have taken its locks.
  private func run<Value: Sendable>(_ body: @escaping @Sendable (MySQLConnection) throws -> Value) async throws -> Value
  {
    try await thread.run { [self] in
      do {
        if let connection = connection.withLock({ $0 }) { return try body(connection) }
        let made = try MySQLConnection(configuration, database: configuration.database, limits: .request)
        connection.withLock { $0 = made }
        return try body(made)
      } catch let error as MySQLError {
        throw configuration.failure(error, nothingWasWritten: true)
      }
    }
  }

  /// These names are shared by the whole server.
  private static let lock = "CONCAT('posevault:', LEFT(SHA2(CONCAT(DATABASE(), '/', ?), 256), 50))"
}
