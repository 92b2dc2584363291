/// Tells when a client is too slow: the arithmetic, apart from sockets and clocks.
///
/// Moments are durations since any fixed point. Only time in which the server itself waits counts against a client.
struct ConnectionPace {
  struct Limits {
    var header: Duration
    /// In bytes per second.
    var uploadRate: Int
    var uploadWindow: Duration
    var stalledReader: Duration
    var idle: Duration
  }

  enum Verdict: Equatable {
    /// Nothing of a request has come: to be closed without a word.
    case idle
    case slowHeader, slowBody, stalledReader
  }

  private enum Phase {
    /// For a request's header; `begun` once its first byte has come.
    case header(since: Duration, begun: Bool)
    case body
    case response
  }

  private let limits: Limits
  private var phase: Phase
  private var isFirstRequest = true
  private var window = Window()
  private var output = Output()

  init(_ limits: Limits, at now: Duration) {
    self.limits = limits
    phase = .header(since: now, begun: false)
    output.movedAt = now
  }

  /// The server waits for bytes from the socket, or no longer does.
  mutating func waits(_ isWaiting: Bool, at now: Duration) {
    window.add(until: now)
    window.waitingSince = isWaiting ? now : nil
  }

  mutating func received(_ bytes: Int, at now: Duration) {
    switch phase {
    case .header(_, begun: false): phase = .header(since: isFirstRequest ? openedAt : now, begun: true)
    case .header, .response: break
    case .body: window.bytes += bytes
    }
  }

  mutating func headerEnded(at now: Duration) {
    phase = .body
    isFirstRequest = false
    window = Window(waitingSince: window.waitingSince == nil ? nil : now)
  }

  mutating func bodyEnded() { phase = .response }

  /// Both the request and its response are complete.
  mutating func exchangeEnded(at now: Duration) { phase = .header(since: now, begun: false) }

  mutating func queued(_ bytes: Int) { output.queued += bytes }

  /// - Parameter unsent: the bytes queued that the system hasn't taken yet.
  mutating func verdict(at now: Duration, unsent: Int) -> Verdict? {
    if output.isStalled(for: limits.stalledReader, at: now, unsent: unsent) { return .stalledReader }
    switch phase {
    case .header(let since, begun: true):
      return now - since >= limits.header ? .slowHeader : nil
    case .header(let since, begun: false):
      return now - since >= (isFirstRequest ? min(limits.header, limits.idle) : limits.idle) ? .idle : nil
    case .body:
      return window.isSlow(limits, at: now) ? .slowBody : nil
    case .response:
      return nil
    }
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

    mutating func add(until now: Duration) {
      guard let since = waitingSince else { return }
      waited += now - since
      waitingSince = now
    }

    /// A full window is judged, and a new one begins, so that a fast start buys no slow end.
    mutating func isSlow(_ limits: Limits, at now: Duration) -> Bool {
      add(until: now)
      guard waited >= limits.uploadWindow else { return false }
      defer { (bytes, waited) = (0, .zero) }
      return Double(bytes) < Double(limits.uploadRate) * (waited / .seconds(1))
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
