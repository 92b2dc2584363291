import NIOPosix

/// Dedicated threads for calls that block or compute for long, so that Swift's cooperative pool never does.
///
/// As many calls run at once as there are threads; any more wait asynchronously for a free thread, within the time and
/// number that its ``Budget`` allows.
public final class BlockingPool: Sendable {
  private let threads: NIOThreadPool
  private let budget: Budget

  /// - Parameters:
  ///   - what: what the calls are, for the error message, such as "pictures".
  ///   - ahead: how many calls are handed over before a thread is free. Otherwise, if calls compute for long on every
  ///     core, a thread would idle until the cooperative pool gets a core to hand over the next one.
  public init(_ what: String, threads count: Int, ahead: Int = 0, maxWaiting: Int, waitLimit: Duration) {
    threads = NIOThreadPool(numberOfThreads: count)
    budget = Budget(what, capacity: count + ahead, maxWaiting: maxWaiting, waitLimit: waitLimit)
    threads.start()
  }

  /// Runs `body` on one of the threads; once it has begun, a cancellation no longer stops it.
  ///
  /// Throws ``PoseVaultError`` with `queueFull`, or with `shuttingDown` after ``shutDown()``; `CancellationError`, or
  /// what `body` throws.
  public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await budget.withUnits(1) {
      do {
        return try await threads.runIfActive(body)
      } catch is CancellationError where !Task.isCancelled {
        // so the threads answer when they have ended
        throw PoseVaultError(.shuttingDown, "The server is shutting down.")
      }
    }
  }

  /// The same, for work that checks a flag, which is raised when the calling task is cancelled.
  public func run<Value: Sendable>(
    stoppable body: @escaping @Sendable (StopFlag) throws -> Value
  ) async throws -> Value {
    let stop = StopFlag()
    return try await withTaskCancellationHandler {
      try await run { try body(stop) }
    } onCancel: {
      stop.raise()
    }
  }

  /// Waiting and running calls.
  var load: (waiting: Int, used: Int) { budget.load }

  /// The same, for monitoring.
  public func load(named name: String) -> PoolLoad { budget.load(named: name) }

  /// Ends the threads after the calls in progress; later calls throw.
  public func shutDown() async throws {
    try await threads.shutdownGracefully()
  }
}
