import Glibc
import PoseCore
import Synchronization

/// A connection that one caller holds over several calls, with its own thread: it takes none from the pool's users and
/// never waits for one.
///
/// A cancelled call closes the connection, so that nobody waits for a response that may take minutes. A connection that
/// is lost stays lost.
final class HeldConnection: Sendable {
  private struct State {
    var connection: MySQLConnection?
    /// The connection's socket, so that it can be shut down while libmariadb waits for it.
    var socket: Int32?
  }

  private let configuration: MySQLConfiguration
  private let limits: ConnectionLimits
  private let thread = BlockingPool("calls of one connection", threads: 1, maxWaiting: 1, waitLimit: .seconds(10))
  private let state = Mutex(State())

  init(_ configuration: MySQLConfiguration, limits: ConnectionLimits) {
    self.configuration = configuration
    self.limits = limits
  }

  /// Logs in; call it once, before ``run(_:)``.
  func connect() async throws {
    try await calling { [self] in
      let connection = try MySQLConnection(configuration, database: configuration.database, limits: limits)
      state.withLock { $0 = State(connection: connection, socket: dup(connection.socket)) }
    }
  }

  /// Runs `body` on the thread.
  ///
  /// Throws ``PoseVaultError``, `CancellationError`, or what `body` throws.
  func run<Value: Sendable>(_ body: @escaping @Sendable (MySQLConnection) throws -> Value) async throws -> Value {
    try await withTaskCancellationHandler {
      try await calling { [self] in
        guard let connection = state.withLock({ $0.connection }) else {
          throw PoseVaultError(.storageUnavailable, "The connection to \(configuration) is closed.")
        }
        return try body(connection)
      }
    } onCancel: {
      state.withLock { state in
        if let socket = state.socket { shutdown(socket, Int32(SHUT_RDWR)) }
      }
    }
  }

  /// Call it when no other call is in progress or will follow.
  func close() async {
    try? await thread.run { [self] in
      let ended = state.withLock { state in
        defer { state = State() }
        return state
      }
      if let socket = ended.socket { Glibc.close(socket) }
      // the connection ends here, where it may block
      withExtendedLifetime(ended) {}
    }
    try? await thread.shutDown()
  }

  private func calling<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    do {
      return try await thread.run(body)
    } catch let error as MySQLError {
      try Task.checkCancellation()
      throw configuration.failure(error)
    }
  }
}
