import PoseCore
import Synchronization

/// At most as many connections as threads; each is lent to one call at a time, and opened when a call finds none idle.
///
/// Calls wait asynchronously for a thread, as long as the limit allows, and leave the queue when they are cancelled. A
/// call that has begun runs to its end, so that its connection is always returned.
final class ConnectionPool: Sendable {
  private struct State {
    var idle: [MySQLConnection] = []
    var isClosed = false
  }

  private let configuration: MySQLConfiguration
  private let limits: ConnectionLimits
  private let threads: BlockingPool
  private let state = Mutex(State())

  init(_ configuration: MySQLConfiguration, size: Int, maxWaiting: Int, waitLimit: Duration, limits: ConnectionLimits) {
    self.configuration = configuration
    self.limits = limits
    threads = BlockingPool("database calls", threads: size, maxWaiting: maxWaiting, waitLimit: waitLimit)
  }

  func load(named name: String) -> PoolLoad { threads.load(named: name) }

  /// Lends a connection to `body`, which runs on a thread of the pool.
  ///
  /// Throws `storageUnavailable` if none becomes free in time, `MySQLError` if none can be opened, or what `body`
  /// throws.
  func run<Value: Sendable>(_ body: @escaping @Sendable (MySQLConnection) throws -> Value) async throws -> Value {
    do {
      return try await threads.run { [self] in
        let connection = try take()
        defer { giveBack(connection) }
        return try body(connection)
      }
    } catch let error as PoseVaultError where error.code == .queueFull {
      throw PoseVaultError(
        .storageUnavailable, "\(configuration) is overloaded or doesn't answer: no connection became free in time.",
        cause: error, nothingWasWritten: true)
    }
  }

  /// Waits for the calls in progress; later ones throw `shuttingDown`.
  func close() async throws {
    let idle = state.withLock { state in
      defer { state = State(isClosed: true) }
      return state.idle
    }
    _ = consume idle
    try await threads.shutDown()
  }

  private func take() throws -> MySQLConnection {
    // a change that is sent on a dead one would be said to be stored or not
    while let connection = state.withLock({ $0.idle.popLast() }) {
      guard !connection.hasEnded else { continue }
      connection.beginUse()
      return connection
    }
    return try MySQLConnection(configuration, database: configuration.database, limits: limits)
  }

  /// If one connection is lost, the others most likely are, too: the next calls open new ones.
  private func giveBack(_ connection: MySQLConnection) {
    let dropped: [MySQLConnection] = state.withLock { state in
      if connection.isUsable, !state.isClosed {
        state.idle.append(connection)
        return []
      }
      defer { state.idle = [] }
      return state.idle
    }
    // closed here, outside the lock
    withExtendedLifetime(dropped) {}
  }
}
