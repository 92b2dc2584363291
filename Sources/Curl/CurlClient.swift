import CCurl
public import PoseCore
import Synchronization

/// Sends requests and mail with libcurl, each on its own thread, as many at once as there are threads.
///
/// A transfer whose task is cancelled ends within about a second, with `CancellationError`.
public final class CurlClient: Sendable {
  private let pool: BlockingPool
  private let keepsConnections: Bool
  private let bandwidth: Bandwidth?
  private let idle = Mutex<[IdleHandle]>([])

  /// - Parameters:
  ///   - what: what the transfers are, for error messages, such as "mails".
  ///   - threads: how many run at once.
  ///   - maxWaiting: how many may wait for a thread, each for at most `waitLimit`.
  ///   - keepsConnections: whether a transfer may reuse a connection from an earlier one. If not, a server that never
  ///     closes its connections occupies no thread.
  ///   - bandwidth: shared with everything else that was given the same one.
  public init(
    _ what: String, threads: Int, maxWaiting: Int, waitLimit: Duration, keepsConnections: Bool = false,
    bandwidth: Bandwidth? = nil
  ) {
    pool = BlockingPool(what, threads: threads, maxWaiting: maxWaiting, waitLimit: waitLimit)
    self.keepsConnections = keepsConnections
    self.bandwidth = bandwidth
  }

  deinit {
    for handle in idle.withLock({ $0 }) { CurlHandle.free(handle.pointer) }
  }

  /// The response, whatever its status.
  ///
  /// Throws ``CurlFailure`` if there is none; whatever the body's source or the response's sink throws;
  /// `CancellationError`; ``PoseVaultError`` with `queueFull` or `shuttingDown` if nothing was sent, and `internal` for
  /// requests that libcurl can't carry out, such as an invalid address.
  public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    try await pool.run { [self] stop in
      try withHandle { pointer in
        let handle = try CurlHandle(pointer, limits: request.limits, stop: stop)
        if !keepsConnections { try handle.set(CURLOPT_FORBID_REUSE, 1) }
        return try HTTPTransfer(handle: handle, request: request, bandwidth: bandwidth, stop: stop).perform()
      }
    }
  }

  /// What the server replied, and why it didn't accept the mail, if so.
  ///
  /// Throws `fileSystem` if an attachment can't be read, and whatever ``send(_:)-(HTTPRequest)`` throws except
  /// failures.
  public func send(_ mail: MailRequest) async throws -> MailAnswer {
    try await pool.run { [self] stop in
      try withHandle { pointer in
        let handle = try CurlHandle(pointer, limits: mail.limits, stop: stop)
        if !keepsConnections { try handle.set(CURLOPT_FORBID_REUSE, 1) }
        return try MailTransfer(handle: handle, mail: mail).perform()
      }
    }
  }

  /// Waits for the transfers in progress; later calls throw `shuttingDown`.
  public func shutDown() async throws {
    try await pool.shutDown()
  }

  /// The transfers waiting and in progress.
  public func load(named name: String) -> PoolLoad { pool.load(named: name) }

  private func withHandle<Value>(_ body: (UnsafeMutableRawPointer) throws -> Value) throws -> Value {
    let handle = try idle.withLock { $0.popLast() } ?? IdleHandle(pointer: CurlHandle.make())
    defer {
      if keepsConnections {
        idle.withLock { $0.append(handle) }
      } else {
        CurlHandle.free(handle.pointer)
      }
    }
    return try body(handle.pointer)
  }
}

// Guarded by: the list that it lies in. Who has taken it out is its only user, on one thread.
private struct IdleHandle: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
}
