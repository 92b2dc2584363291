/// Which connections there are, and which of them give way if there are too many: the arithmetic, separate from sockets
/// and clocks.
///
/// A connection is idle while no request on it is in progress: before the first, between two, and until a header has
/// arrived completely. Between a request and idleness, its client reads what is left of the response; in that phase it
/// only gives way if no connection is idle, and only if it has taken long. Moments are durations since any fixed point.
struct ConnectionLedger {
  struct Limits {
    /// Simultaneous requests, and connections while any of them is idle.
    var connections: Int
    /// Additional connections while none is idle, so that health can still respond.
    var spare: Int { 32 }
    /// Connections of one address once the limit is reached.
    var share: Int { max(connections / 4, 1) }
    /// Bytes of responses that clients have not read yet, over all connections.
    var unsentBytes: Int
    /// A connection that holds no more than this never has to give way because of it.
    var unsentAllowance: Int { min(256 * 1024, unsentBytes / 4) }
    /// A client that takes less time for the rest of its response is not a slow reader.
    var takingAllowance: Duration { .seconds(10) }
  }

  private struct Entry {
    /// nil if it doesn't count for any address.
    let client: NetworkAddress?
    /// nil while a request is in progress, or its response is being read.
    var restsSince: Duration?
    /// Since when the client has been reading the rest of a complete response.
    var takesSince: Duration?
    var unsent = 0
    /// Since when part of a response has been waiting.
    var unsentSince: Duration?
    /// Told to close: it no longer counts, though it still exists for a moment.
    var isClosing = false

    var isUnderWay: Bool { restsSince == nil && takesSince == nil }
  }

  private let limits: Limits
  private var entries: [Int: Entry] = [:]
  private var lastID = 0
  private var perClient: [NetworkAddress: Int] = [:]
  private var open = 0
  private var underWay = 0
  private(set) var unsent = 0

  init(_ limits: Limits) { self.limits = limits }

  /// Open connections, and those with a request in progress.
  var load: (open: Int, underWay: Int) { (open, underWay) }

  enum Admission: Equatable {
    case admitted
    /// The new one has to be closed: no other can be.
    case refused
    /// This idle one has to be closed for it.
    case insteadOf(Int)
    /// This one, which reads its response slowly, has to be closed for it.
    case insteadOfReader(Int)
  }

  /// - Parameter client: nil if it comes from this machine or a trusted proxy, which stands for many clients.
  mutating func admit(_ client: NetworkAddress?, at now: Duration) -> (id: Int, Admission) {
    let admission = admission(of: client, at: now)
    lastID += 1
    switch admission {
    case .insteadOf(let other), .insteadOfReader(let other): close(other)
    case .admitted, .refused: break
    }
    entries[lastID] = Entry(client: client, restsSince: now)
    open += 1
    if let client { perClient[client, default: 0] += 1 }
    if admission == .refused { close(lastID) }
    return (lastID, admission)
  }

  private func admission(of client: NetworkAddress?, at now: Duration) -> Admission {
    guard open >= limits.connections else { return .admitted }
    if let client, perClient[client, default: 0] >= limits.share {
      return givingWay(at: now) { $0.client == client } ?? .refused
    }
    // those of an address that has more than its share go first
    let crowded = longest(\.restsSince) { $0.client.map { perClient[$0, default: 0] > limits.share } ?? false }
    if let other = crowded.map(Admission.insteadOf) ?? givingWay(at: now, where: { _ in true }) { return other }
    return open < limits.connections + limits.spare ? .admitted : .refused
  }

  private func givingWay(at now: Duration, where isMeant: (Entry) -> Bool) -> Admission? {
    if let resting = longest(\.restsSince, where: isMeant) { return .insteadOf(resting) }
    guard let reader = longest(\.takesSince, where: isMeant), let since = entries[reader]?.takesSince,
      now - since >= limits.takingAllowance
    else { return nil }
    return .insteadOfReader(reader)
  }

  /// The one to close so that another connection is possible; nil if none is idle.
  mutating func makeRoom() -> Int? {
    guard let id = longest(\.restsSince, where: { _ in true }) else { return nil }
    close(id)
    return id
  }

  /// A request's header has arrived; false if the request has to be refused because too many are in progress.
  mutating func beginExchange(_ id: Int, isForHealth: Bool) -> Bool {
    guard let entry = entries[id], !entry.isClosing else { return true }
    guard !entry.isUnderWay else { return true }
    if !isForHealth, underWay >= limits.connections { return false }
    entries[id]?.restsSince = nil
    entries[id]?.takesSince = nil
    underWay += 1
    return true
  }

  /// The response is complete; the client has yet to read what is left of it.
  mutating func endExchange(_ id: Int, at now: Duration) {
    guard let entry = entries[id], !entry.isClosing, entry.isUnderWay else { return }
    entries[id]?.takesSince = now
    underWay -= 1
  }

  /// The system has accepted all of the last response.
  mutating func taken(_ id: Int, at now: Duration) {
    guard let entry = entries[id], !entry.isClosing, entry.takesSince != nil else { return }
    entries[id]?.takesSince = nil
    entries[id]?.restsSince = now
  }

  /// Bytes of a response are waiting to be sent. Returns the connections to close because too many bytes are waiting:
  /// those that have been waiting longest.
  mutating func queued(_ id: Int, _ bytes: Int, at now: Duration) -> [Int] {
    guard let entry = entries[id], !entry.isClosing else { return [] }
    entries[id]?.unsent += bytes
    if entry.unsentSince == nil { entries[id]?.unsentSince = now }
    unsent += bytes
    var closed: [Int] = []
    while unsent > limits.unsentBytes, let slowest = slowestReader {
      close(slowest)
      closed.append(slowest)
    }
    return closed
  }

  mutating func sent(_ id: Int, _ bytes: Int) {
    guard let entry = entries[id], !entry.isClosing else { return }
    entries[id]?.unsent -= bytes
    unsent -= bytes
    if entry.unsent - bytes == 0 { entries[id]?.unsentSince = nil }
  }

  mutating func closed(_ id: Int) {
    close(id)
    entries[id] = nil
  }

  /// No longer counts it.
  private mutating func close(_ id: Int) {
    guard let entry = entries[id], !entry.isClosing else { return }
    entries[id]?.isClosing = true
    open -= 1
    if entry.isUnderWay { underWay -= 1 }
    unsent -= entry.unsent
    guard let client = entry.client, let count = perClient[client] else { return }
    perClient[client] = count > 1 ? count - 1 : nil
  }

  private func longest(_ moment: KeyPath<Entry, Duration?>, where isMeant: (Entry) -> Bool) -> Int? {
    var longest: (id: Int, since: Duration)?
    for (id, entry) in entries where !entry.isClosing && isMeant(entry) {
      guard let since = entry[keyPath: moment] else { continue }
      if let known = longest, (known.since, known.id) < (since, id) { continue }
      longest = (id, since)
    }
    return longest?.id
  }

  private var slowestReader: Int? {
    longest(\.unsentSince) { $0.unsent > limits.unsentAllowance }
  }
}
