import Crypto
public import PoseCore
import Synchronization

/// Knows who may get in: caches the storage's keys and sessions, at most a second old while there are requests.
///
/// So a request needs no call to the database, and every server learns of a new or revoked key within two seconds.
public final class KeyRing: Sendable {
  public struct Rules: Sendable {
    /// API_KEY, which is an owner's key.
    public var apiKey: String?
    /// Whether only this machine can reach the server: then no key is needed until the first one is created.
    public var isLoopback: Bool
    /// ALLOW_ANONYMOUS.
    public var allowsAnonymous: Bool
    /// After how many seconds without a request a session ends; nil for never.
    public var sessionRest: Int64?

    public init(apiKey: String?, isLoopback: Bool, allowsAnonymous: Bool, sessionRest: Int64? = nil) {
      self.apiKey = apiKey
      self.isLoopback = isLoopback
      self.allowsAnonymous = allowsAnonymous
      self.sessionRest = sessionRest
    }
  }

  private struct Known {
    let state: AccessState
    let keys: [Int: AccessKey]
    let keysByDigest: [String: AccessKey]
    let sessionsByDigest: [String: AccessSession]

    init(_ state: AccessState) {
      self.state = state
      keys = Dictionary(state.keys.map { ($0.id, $0) }) { first, _ in first }
      keysByDigest = Dictionary(state.keys.map { ($0.sha256, $0) }) { first, _ in first }
      sessionsByDigest = Dictionary(state.sessions.map { ($0.sha256, $0) }) { first, _ in first }
    }
  }

  private struct State {
    var known: Known?
    /// When the last finished query began.
    var askedAt: ContinuousClock.Instant?
    /// Whether it succeeded.
    var lastAnswered = false
    /// When everything was last read, including what changes without a new version.
    var readAt: ContinuousClock.Instant?
    var question: Task<Void, Never>?
    /// Counts changes made through this server, since a query may return older data.
    var changes = 0
    /// Uses not yet reported to the storage.
    var uses: [AccessUse.Subject: AccessUse] = [:]
  }

  static let age = Duration.seconds(1)
  /// How often sessions' last uses are read.
  static let wholeAge = Duration.seconds(300)
  static let patience = Duration.milliseconds(1500)

  public let rules: Rules
  private let keys: any AccessKeys
  private let apiKeyDigest: SHA256.Digest?
  private let state = Mutex(State())

  public init(_ rules: Rules, _ keys: any AccessKeys) {
    self.rules = rules
    self.keys = keys
    apiKeyDigest = rules.apiKey.map { SHA256.hash(data: Array($0.utf8)) }
  }

  /// Whether API_KEY is short enough to be guessed.
  public var hasWeakKey: Bool { rules.apiKey.map { $0.utf8.count < 16 } ?? false }

  /// - Parameters:
  ///   - shown: the credentials in the request; one valid one is enough.
  ///   - now: in seconds since 1970.
  ///   - skipsAPIKey: does not check API_KEY.
  public func admission(
    of shown: [Credential], at now: Int64, skipsAPIKey: Bool = false
  ) async -> Admission {
    if !skipsAPIKey, shown.contains(where: isAPIKey) {
      return .admitted(Caller(proof: .setting, role: .owner), isCertain: true)
    }
    guard var (known, isCertain) = await knowledge() else {
      // without it, API_KEY is all that could be right
      return .undecided
    }
    if shown.contains(where: { seemsResting($0, known, at: now) }), readAnew(), let newer = await knowledge() {
      (known, isCertain) = newer
    }
    if isOpen(known.state, at: now) { return .admitted(Caller(proof: .nothing, role: .owner), isCertain: isCertain) }
    var refusal = isSetUp(known.state) ? Refusal.missing : .notSetUp
    for credential in shown {
      switch judge(credential, known, at: now) {
      case .success(let caller): return .admitted(caller, isCertain: isCertain)
      // what else was shown does not make a wrong key less wrong
      case .failure(let fault): if refusal != .wrong { refusal = fault.refusal }
      }
    }
    return .refused(refusal)
  }

  /// How many of the keys are none, by what was known when ``admission(of:at:skipsAPIKey:)`` returned. Without `skipsAPIKey`
  /// API_KEY is one; a key that was revoked or has ended is one, too.
  public func wrongKeys(among shown: [Credential], skipsAPIKey: Bool) -> Int {
    let known = state.withLock { $0.known }
    return shown.count { credential in
      guard case .key(let text) = credential, skipsAPIKey || !isAPIKey(credential) else { return false }
      return known?.keysByDigest[KeyText.digest(text)] == nil
    }
  }

  /// Whether a sign-in link waits to be used; nil where the storage has never said which there are. So whoever guesses
  /// costs the storage nothing.
  public func knowsLink(_ text: String, at now: Int64) async -> Bool? {
    guard let (known, _) = await knowledge() else { return nil }
    guard let link = known.sessionsByDigest[KeyText.digest(text)] else { return false }
    return link.isLink && link.endsAt > now
  }

  /// Records that an admitted caller has used their key, and from where.
  public func noteUse(by caller: Caller, at now: Int64, from client: String?) {
    var subjects: [AccessUse.Subject] = []
    if case .key(let id) = caller.proof { subjects.append(.key(id)) }
    if let session = caller.session { subjects.append(.session(session)) }
    guard !subjects.isEmpty else { return }
    state.withLock { state in
      for subject in subjects { state.uses[subject] = AccessUse(subject: subject, at: now, from: client) }
    }
  }

  /// Reports to the storage what ``noteUse(by:at:from:)`` has recorded; throws as ``AccessKeys`` does, and then tries
  /// again next time.
  public func storeUses() async throws {
    let uses = state.withLock { $0.uses }
    guard !uses.isEmpty else { return }
    try await keys.noteUses(uses.values.sorted { $0.at < $1.at })
    state.withLock { state in
      for (subject, use) in uses where state.uses[subject] == use { state.uses[subject] = nil }
    }
  }

  /// Changes made through this server take effect at once.
  public func forget() {
    state.withLock { state in
      state.askedAt = nil
      state.changes += 1
    }
  }

  /// As ``AccessKeys/accessState(since:)``, including the uses that only this server knows of.
  public func wholeState() async throws -> AccessState {
    guard var whole = try await keys.accessState(since: nil) else {
      throw PoseVaultError(.internal, "The storage has no state of its keys.")
    }
    let uses = state.withLock { $0.uses }
    for index in whole.keys.indices {
      guard let use = uses[.key(whole.keys[index].id)], use.at >= whole.keys[index].lastUsedAt ?? .min else { continue }
      whole.keys[index].lastUsedAt = use.at
      whole.keys[index].lastUsedFrom = use.from
    }
    for index in whole.sessions.indices {
      guard let use = uses[.session(whole.sessions[index].id)], use.at >= whole.sessions[index].lastUsedAt else {
        continue
      }
      whole.sessions[index].lastUsedAt = use.at
      whole.sessions[index].lastUsedFrom = use.from
    }
    return whole
  }
}

extension KeyRing {
  private struct Fault: Error {
    let refusal: Refusal
  }

  /// Whether everybody is admitted. Once a key has been created they aren't, unless ALLOW_ANONYMOUS is set and no key
  /// is valid any more.
  private func isOpen(_ state: AccessState, at now: Int64) -> Bool {
    guard rules.apiKey == nil else { return false }
    if rules.allowsAnonymous { return !state.keys.contains { $0.isValid(at: now) } }
    return rules.isLoopback && !state.isClosed
  }

  private func isSetUp(_ state: AccessState) -> Bool { rules.apiKey != nil || state.isClosed }

  /// Digests are compared, in constant time, which also hides the key's length.
  private func isAPIKey(_ credential: Credential) -> Bool {
    guard case .key(let text) = credential, let apiKeyDigest else { return false }
    return SHA256.hash(data: Array(text.utf8)) == apiKeyDigest
  }

  private func judge(_ credential: Credential, _ known: Known, at now: Int64) -> Result<Caller, Fault> {
    switch credential {
    case .key(let text):
      // who looks for a digest that he can't choose learns nothing from how long it takes
      guard let key = known.keysByDigest[KeyText.digest(text)] else { return .failure(Fault(refusal: .wrong)) }
      return judge(key, at: now).map { Caller(proof: .key(key.id), role: $0) }
    case .session(let text):
      guard let session = known.sessionsByDigest[KeyText.digest(text)], !session.isLink, session.endsAt > now,
        !isResting(session, now)
      else { return .failure(Fault(refusal: .noSession)) }
      guard let id = session.key else {
        guard let apiKey = rules.apiKey, session.binding == KeyText.binding(of: text, to: apiKey) else {
          return .failure(Fault(refusal: .noSession))
        }
        return .success(Caller(proof: .setting, session: session.id, role: .owner))
      }
      guard let key = known.keys[id], key.isValid(at: now) else { return .failure(Fault(refusal: .noSession)) }
      return .success(Caller(proof: .key(id), session: session.id, role: key.role))
    }
  }

  private func judge(_ key: AccessKey, at now: Int64) -> Result<AccessRole, Fault> {
    if key.revokedAt != nil { return .failure(Fault(refusal: .revoked)) }
    return key.isValid(at: now) ? .success(key.role) : .failure(Fault(refusal: .ended))
  }

  /// Whether it is a session that has ended by its rest alone, unless somebody has used it since all was read.
  private func seemsResting(_ credential: Credential, _ known: Known, at now: Int64) -> Bool {
    guard rules.sessionRest != nil, case .session(let text) = credential,
      let session = known.sessionsByDigest[KeyText.digest(text)]
    else { return false }
    return !session.isLink && session.endsAt > now && isResting(session, now)
  }

  /// Has the next question ask for all, also for what changes without a new version; false where that was read just now.
  private func readAnew() -> Bool {
    state.withLock { state in
      if let readAt = state.readAt, .now - readAt < Self.age { return false }
      state.readAt = nil
      state.askedAt = nil
      return true
    }
  }

  private func isResting(_ session: AccessSession, _ now: Int64) -> Bool {
    guard let rest = rules.sessionRest else { return false }
    let here = state.withLock { $0.uses[.session(session.id)]?.at } ?? session.lastUsedAt
    return max(here, session.lastUsedAt) + rest <= now
  }

  private func knowledge() async -> (Known, isCertain: Bool)? {
    let question = state.withLock { state -> Task<Void, Never>? in
      if state.question == nil, let askedAt = state.askedAt, .now - askedAt < Self.age { return nil }
      let question = state.question ?? Task { await ask() }
      state.question = question
      return question
    }
    await question?.value
    return state.withLock { state in
      state.known.map { ($0, isCertain: state.lastAnswered) }
    }
  }

  private func ask() async {
    let start = ContinuousClock.now
    let (version, changes) = state.withLock { state in
      (state.readAt.map { start - $0 < Self.wholeAge } ?? false ? state.known?.state.version : nil, state.changes)
    }
    let answer = await promptly(within: Self.patience) { [keys] in try await keys.accessState(since: version) }
    state.withLock { state in
      state.question = nil
      state.askedAt = state.changes == changes ? start : nil
      state.lastAnswered = answer != nil
      guard let answer else { return }
      if version == nil { state.readAt = start }
      if let changed = answer { state.known = Known(changed) }
    }
  }
}
