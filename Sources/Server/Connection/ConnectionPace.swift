/// Determines when a client is too slow: the arithmetic, separate from sockets and clocks.
///
/// Moments are durations since any fixed point. Only time in which the server itself waits counts against a client.
struct ConnectionPace {
  struct Limits {
    var header: Duration
    /// In bytes per second.
    var uploadRate: Int
    var uploadWindow: Duration
    /// For a whole body.
    var body: Duration
    var stalledReader: Duration
    var idle: Duration
  }

  enum Verdict: Equatable {
    /// Nothing of a request has arrived: close it without a response.
    case idle
    case slowHeader, slowBody, longBody, stalledReader
  }

  private enum Phase {
    /// For a request's header; `begun` once its first byte has arrived.
    case header(since: Duration, begun: Bool)
    case body
    case response
  }

  private let limits: Limits
  private var phase: Phase
  private var isFirstRequest = true
  private var window = Window()
  /// Of the current body: what has arrived, and how long the server has waited for it.
  private var bodyBytes = 0
  private var bodyWaited: Duration = .zero
  private var output = Output()

  init(_ limits: Limits, at now: Duration) {
    self.limits = limits
    phase = .header(since: now, begun: false)
    output.movedAt = now
  }

  /// The server waits for bytes from the socket, or no longer does.
  mutating func waits(_ isWaiting: Bool, at now: Duration) {
    wait(until: now)
    window.waitingSince = isWaiting ? now : nil
  }

  mutating func received(_ bytes: Int, at now: Duration) {
    switch phase {
    case .header(_, begun: false): phase = .header(since: isFirstRequest ? openedAt : now, begun: true)
    case .header, .response: break
    case .body:
      window.bytes += bytes
      bodyBytes += bytes
    }
  }

  mutating func headerEnded(at now: Duration) {
    phase = .body
    isFirstRequest = false
    bodyBytes = 0
    bodyWaited = .zero
    window = Window(waitingSince: window.waitingSince == nil ? nil : now)
  }

  mutating func bodyEnded() { phase = .response }

  /// Both the request and its response are complete.
  mutating func exchangeEnded(at now: Duration) { phase = .header(since: now, begun: false) }

  mutating func queued(_ bytes: Int) { output.queued += bytes }

  /// - Parameter unsent: the queued bytes that the system hasn't accepted yet.
  mutating func verdict(at now: Duration, unsent: Int) -> Verdict? {
    if output.isStalled(for: limits.stalledReader, at: now, unsent: unsent) { return .stalledReader }
    switch phase {
    case .header(let since, begun: true):
      return now - since >= limits.header ? .slowHeader : nil
    case .header(_, begun: false) where unsent > 0:
      // a client that is still taking the last answer doesn't rest
      phase = .header(since: now, begun: false)
      return nil
    case .header(let since, begun: false):
      return now - since >= (isFirstRequest ? min(limits.header, limits.idle) : limits.idle) ? .idle : nil
    case .body:
      wait(until: now)
      if bodyWaited >= limits.body { return .longBody }
      return window.isSlow(rate: bodyRate, over: limits.uploadWindow) ? .slowBody : nil
    case .response:
      return nil
    }
  }

  private mutating func wait(until now: Duration) { bodyWaited += window.add(until: now) }

  /// In bytes per second. It grows with what has arrived, since that takes memory: a client that has sent much must be
  /// fast enough to send as much again within the time for a body. A client of constant speed that can finish in time
  /// always is.
  private var bodyRate: Double {
    max(Double(limits.uploadRate), Double(bodyBytes) / (limits.body / .seconds(1)))
  }

  private var openedAt: Duration {
    guard case .header(let since, _) = phase else { return .zero }
    return since
  }
}

extension ConnectionPace {
  /// Bytes of a body over the time that the server waited for them.
  private struct Window {
    var bytes = 0
    var waited: Duration = .zero
    var waitingSince: Duration?

    /// Returns the time that was added.
    mutating func add(until now: Duration) -> Duration {
      guard let since = waitingSince else { return .zero }
      waited += now - since
      waitingSince = now
      return now - since
    }

    /// A full window is judged, and a new one begins, so that a fast start doesn't make up for a slow end.
    ///
    /// - Parameter rate: in bytes per second.
    mutating func isSlow(rate: Double, over length: Duration) -> Bool {
      guard waited >= length else { return false }
      defer { (bytes, waited) = (0, .zero) }
      return Double(bytes) < rate * (waited / .seconds(1))
    }
  }

  private struct Output {
    var queued = 0
    var taken = 0
    var movedAt: Duration = .zero

    mutating func isStalled(for limit: Duration, at now: Duration, unsent: Int) -> Bool {
      if unsent == 0 || queued - unsent > taken {
        taken = queued - unsent
        movedAt = now
      }
      return now - movedAt >= limit
    }
  }
}
