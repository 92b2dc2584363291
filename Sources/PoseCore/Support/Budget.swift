import Synchronization

/// A limited amount of something (threads, pixels, bytes in flight) that requests share, first come first served.
///
/// A caller waits asynchronously until its units are free; it gives up after `waitLimit`, if too many are already
/// waiting, or when its task is cancelled.
public final class Budget: Sendable {
  private let what: String
  private let waitLimit: Duration
  private let ledger: Mutex<Ledger<CheckedContinuation<Void, any Error>>>

  /// - Parameters:
  ///   - what: what is limited, for the error message, such as "pictures".
  ///   - capacity: the number of units; a request for more is reduced to this and so runs alone.
  public init(_ what: String, capacity: Int, maxWaiting: Int, waitLimit: Duration) {
    self.what = what
    self.waitLimit = waitLimit
    self.ledger = Mutex(Ledger(capacity: capacity, maxWaiting: maxWaiting))
  }

  /// Runs `body` while holding `units`.
  ///
  /// Throws ``PoseVaultError`` with `queueFull`, `CancellationError`, or what `body` throws.
  public func withUnits<Value: Sendable>(
    _ units: Int, _ body: () async throws -> Value
  ) async throws -> Value {
    let held = try await take(units)
    defer { give(held) }
    return try await body()
  }

  /// Takes `units` at once or not at all; return them with ``give(_:)``.
  public func takeNow(_ units: Int) throws {
    guard ledger.withLock({ $0.takeNow(units) }) else { throw full() }
  }

  /// Waiting requests and units in use.
  var load: (waiting: Int, used: Int) {
    ledger.withLock { ($0.waiting.count, $0.capacity - $0.available) }
  }

  /// The same, for monitoring.
  public func load(named name: String) -> PoolLoad {
    ledger.withLock {
      PoolLoad(name: name, waiting: $0.waiting.count, used: $0.capacity - $0.available, capacity: $0.capacity)
    }
  }

  /// Returns units that were taken, and lets waiting callers continue.
  public func give(_ units: Int) {
    for waiter in ledger.withLock({ $0.give(units) }) { waiter.resume() }
  }

  private func take(_ units: Int) async throws -> Int {
    let id = ledger.withLock { $0.newID() }
    let units = ledger.withLock { min(units, $0.capacity) }
    var timer: Task<Void, Never>?
    defer { timer?.cancel() }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        switch ledger.withLock({ $0.request(units, id: id, waiter: continuation) }) {
        case .granted: continuation.resume()
        case .full: continuation.resume(throwing: full())
        case .queued:
          timer = Task {
            try? await Task.sleep(for: waitLimit)
            if !Task.isCancelled { fail(id, full()) }
          }
          // a cancellation that came before the request was queued found nothing to fail
          if Task.isCancelled { fail(id, CancellationError()) }
        }
      }
    } onCancel: {
      fail(id, CancellationError())
    }
    return units
  }

  private func fail(_ id: Int, _ error: any Error) {
    let (waiter, granted) = ledger.withLock { $0.withdraw(id) }
    waiter?.resume(throwing: error)
    for waiter in granted { waiter.resume() }
  }

  private func full() -> PoseVaultError {
    PoseVaultError(.queueFull, "The server is busy: too many \(what) at once. Try again in a moment.")
  }
}

/// The arithmetic of a ``Budget``, separate from time and threads.
struct Ledger<Waiter> {
  enum Answer: Equatable { case granted, queued, full }

  let capacity: Int
  let maxWaiting: Int
  private(set) var available: Int
  private(set) var waiting: [(id: Int, units: Int, waiter: Waiter)] = []
  private var lastID = 0

  init(capacity: Int, maxWaiting: Int) {
    self.capacity = capacity
    self.maxWaiting = maxWaiting
    self.available = capacity
  }

  mutating func newID() -> Int {
    lastID += 1
    return lastID
  }

  mutating func takeNow(_ units: Int) -> Bool {
    guard waiting.isEmpty, units <= available else { return false }
    available -= units
    return true
  }

  mutating func request(_ units: Int, id: Int, waiter: Waiter) -> Answer {
    if takeNow(units) { return .granted }
    guard waiting.count < maxWaiting else { return .full }
    waiting.append((id, units, waiter))
    return .queued
  }

  mutating func give(_ units: Int) -> [Waiter] {
    available += units
    return grant()
  }

  /// Removes the request from the queue; the next one may fit now.
  mutating func withdraw(_ id: Int) -> (withdrawn: Waiter?, granted: [Waiter]) {
    guard let index = waiting.firstIndex(where: { $0.id == id }) else { return (nil, []) }
    return (waiting.remove(at: index).waiter, grant())
  }

  private mutating func grant() -> [Waiter] {
    var granted: [Waiter] = []
    while let first = waiting.first, first.units <= available {
      available -= first.units
      granted.append(first.waiter)
      waiting.removeFirst()
    }
    return granted
  }
}
