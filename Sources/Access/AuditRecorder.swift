public import PoseCore
import Synchronization

/// Writes down who did what, on behalf of one server: entries that stand in no change's transaction, refusals and what
/// else anybody can bring about counted by the minute, and the seals of its chain.
public final class AuditRecorder: Sendable {
  /// What refusals have in common that are counted together.
  private struct Refusal: Hashable {
    var minute: Int64
    var by: String
    var from: String?
    var action: String
    var outcome: Int
  }

  private struct State {
    var refusals: [Refusal: Int] = [:]
    /// Who has viewed what in this hour.
    var views: Set<String> = []
    var hour: Int64 = 0
    /// Entries that could not be stored yet.
    var waiting: [AuditEntry] = []
  }

  /// Refusals recorded separately per minute; any more are counted without an address.
  private static let mostRefusals = 1000
  private static let mostWaiting = 10_000
  private static let mostViews = 100_000

  public let server: String
  private let trail: any AuditTrail
  private let clock: @Sendable () -> Int64
  /// Called with each entry, of what is counted once its minute is over.
  private let onEntry: @Sendable (AuditEntry) -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - server: this machine's name.
  ///   - clock: the time in whole seconds since 1970.
  ///   - onEntry: called with every entry that this recorder makes, including those that a change's transaction writes.
  public init(
    server: String, _ trail: any AuditTrail, clock: @escaping @Sendable () -> Int64,
    onEntry: @escaping @Sendable (AuditEntry) -> Void = { _ in }
  ) {
    self.server = server
    self.trail = trail
    self.clock = clock
    self.onEntry = onEntry
  }

  /// - Parameter outcome: recorded if the change takes place; otherwise see ``AuditNote/entry(outcome:)``.
  public func entry(
    by caller: Caller?, from client: String?, request: String, action: String, subjects: [String], outcome: Int
  ) -> AuditEntry {
    AuditEntry(
      at: clock(), server: server, by: caller?.auditName ?? "nobody", session: caller?.session, from: client,
      request: request, action: action, subjects: subjects, outcome: outcome)
  }

  /// Throws if it could not be stored, in which case the action, which must not go unrecorded, is not carried out.
  public func note(_ entry: AuditEntry) async throws {
    try await trail.append([entry])
    onEntry(entry)
  }

  /// Stores it now, or later if the storage does not respond.
  public func noteLater(_ entry: AuditEntry) async {
    onEntry(entry)
    do {
      try await trail.append([entry])
    } catch {
      state.withLock { state in
        if state.waiting.count < Self.mostWaiting { state.waiting.append(entry) }
      }
    }
  }

  /// Notes that somebody has looked at something: once for each key, thing and hour; at a list, once for each key, kind
  /// of list and hour.
  public func noteView(_ entry: AuditEntry) async {
    let isFirst = state.withLock { state in
      if state.hour != entry.at / 3600 || state.views.count >= Self.mostViews { state.views = [] }
      state.hour = entry.at / 3600
      return state.views.insert("\(entry.by) \(entry.subjects.first ?? entry.action)").inserted
    }
    if isFirst { await noteLater(entry) }
  }

  /// A change's transaction has stored this entry.
  public func tell(_ entry: AuditEntry) { onEntry(entry) }

  /// Counts a refusal.
  public func refuse(by caller: Caller?, from client: String?, action: String, outcome: Int) {
    count(by: caller?.auditName ?? "nobody", from: client, action: action, outcome: outcome)
  }

  /// Counts what changed nothing and would, with an entry of its own each time, fill the trail: without subjects.
  public func count(_ entry: AuditEntry) {
    count(by: entry.by, from: entry.from, action: entry.action, outcome: entry.outcome)
  }

  private func count(by name: String, from client: String?, action: String, outcome: Int) {
    let minute = clock() / 60
    state.withLock { state in
      var refusal = Refusal(minute: minute, by: name, from: client, action: action, outcome: outcome)
      if state.refusals[refusal] == nil, state.refusals.count >= Self.mostRefusals {
        refusal.from = nil
        refusal.action = "other refusals"
      }
      state.refusals[refusal, default: 0] += 1
    }
  }

  /// Stores waiting entries and the refusals of past minutes, then seals. Call it about once a second.
  ///
  /// - Parameter isLast: whether the current minute counts as over.
  public func work(isLast: Bool = false) async throws {
    let minute = clock() / 60
    let (entries, counted) = state.withLock { state in
      let over = state.refusals.filter { isLast || $0.key.minute != minute }
      for refusal in over.keys { state.refusals[refusal] = nil }
      let counted = over.map { refusal, count in
        AuditEntry(
          at: refusal.minute * 60, server: server, by: refusal.by, from: refusal.from, action: refusal.action,
          outcome: refusal.outcome, count: count)
      }.sorted { ($0.at, $0.action, $0.from ?? "", $0.outcome) < ($1.at, $1.action, $1.from ?? "", $1.outcome) }
      let entries = state.waiting + counted
      state.waiting = []
      return (entries, counted)
    }
    for entry in counted { onEntry(entry) }
    if !entries.isEmpty {
      do {
        try await trail.append(entries)
      } catch {
        state.withLock { $0.waiting = Array((entries + $0.waiting).prefix(Self.mostWaiting)) }
        throw error
      }
    }
    while try await trail.seal(server, KeyText.sha256) == AuditLimits.sealedAtOnce {}
  }
}

extension AuditTrail {
  /// Seals what is left of every server, also of one that never comes back under its name, and removes what is older than
  /// `time`.
  public func retire(before time: Int64) async throws {
    for server in try await servers() {
      while try await seal(server, KeyText.sha256) == AuditLimits.sealedAtOnce {}
    }
    _ = try await removeEntries(before: time)
  }
}

extension Caller {
  /// As in ``AuditEntry/by``.
  public var auditName: String {
    switch proof {
    case .nothing: "none"
    case .setting: "API_KEY"
    case .key(let id): "\(id)"
    }
  }
}
