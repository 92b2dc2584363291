import Logging
import NIOCore
import PoseCore
import Synchronization

/// All connections of a server: closes the one that gives way if there are too many, as ``ConnectionLedger`` decides.
final class ConnectionTable: Sendable {
  private struct State {
    var ledger: ConnectionLedger
    var channels: [Int: any Channel] = [:]
  }

  private let state: Mutex<State>
  private let start = ContinuousClock.now
  private let trustedProxies: [NetworkRange]
  private let capacity: Int
  private let log: RepeatedLog

  init(_ configuration: ServerConfiguration, log: RepeatedLog) {
    let limits = ConnectionLedger.Limits(
      connections: configuration.maxConnections, unsentBytes: configuration.maxAnswerBytesInFlight)
    state = Mutex(State(ledger: ConnectionLedger(limits)))
    trustedProxies = configuration.trustedProxies
    capacity = configuration.maxConnections
    self.log = log
  }

  /// Admits a new connection; if it must not stay, or another must go for it, that one is closed.
  func admit(_ channel: any Channel) -> Connection {
    let client = client(of: channel)
    let (id, admission) = state.withLock { state in
      let admitted = state.ledger.admit(client, at: now)
      state.channels[admitted.id] = channel
      return admitted
    }
    channel.closeFuture.whenComplete { [weak self] _ in
      self?.state.withLock { state in
        state.ledger.closed(id)
        state.channels[id] = nil
      }
    }
    switch admission {
    case .admitted: break
    case .refused:
      log.warning("Connections closed at once: MAX_CONNECTIONS=\(capacity) are open and none is idle")
      channel.close(promise: nil)
    case .insteadOf(let other):
      log.warning("Idle connections closed for new ones: MAX_CONNECTIONS=\(capacity) are open")
      close([other])
    case .insteadOfReader(let other):
      log.warning("Connections of slow readers closed for new ones: MAX_CONNECTIONS=\(capacity) are open")
      close([other])
    }
    return Connection(id: id, table: self)
  }

  /// Closes the connections that have been idle longest, if any are.
  func makeRoom(for count: Int) {
    close(state.withLock { state in (0..<count).compactMap { _ in state.ledger.makeRoom() } })
  }

  /// For monitoring.
  var load: PoolLoad {
    let load = state.withLock { $0.ledger.load }
    return PoolLoad(name: "connections", waiting: load.open - load.underWay, used: load.open, capacity: capacity)
  }

  /// nil for those that are exempt from the limit per address. A connection belongs to its peer, whatever is sent over
  /// it: a proxy uses one for many clients, so `X-Forwarded-For` is meaningless here.
  private func client(of channel: any Channel) -> NetworkAddress? {
    guard let address = NetworkAddress(channel.remoteAddress), !ClientAddress.isProxy(address, trustedProxies)
    else { return nil }
    return address.client
  }

  private func close(_ ids: [Int]) {
    let channels = state.withLock { state in ids.compactMap { state.channels[$0] } }
    for channel in channels { channel.close(promise: nil) }
  }

  private var now: Duration { ContinuousClock.now - start }

  /// One connection's view of the table.
  struct Connection: Sendable {
    fileprivate let id: Int
    fileprivate let table: ConnectionTable

    /// Whether the request may continue.
    func beginExchange(isForHealth: Bool) -> Bool {
      let mayGoOn = table.state.withLock { $0.ledger.beginExchange(id, isForHealth: isForHealth) }
      if !mayGoOn { table.log.warning("Requests refused: MAX_CONNECTIONS=\(table.capacity) are in progress") }
      return mayGoOn
    }

    /// The response is complete, though the client may not have read all of it.
    func endExchange() {
      table.state.withLock { $0.ledger.endExchange(id, at: table.now) }
    }

    /// Nothing of a response is waiting any more.
    func taken() { table.state.withLock { $0.ledger.taken(id, at: table.now) } }

    func queued(_ bytes: Int) {
      let closed = table.state.withLock { $0.ledger.queued(id, bytes, at: table.now) }
      guard !closed.isEmpty else { return }
      table.log.warning("Connections of slow readers closed: too much of their responses is waiting in memory")
      table.close(closed)
    }

    func sent(_ bytes: Int) { table.state.withLock { $0.ledger.sent(id, bytes) } }
  }
}
