import Access
import HTTPTypes
import Hummingbird
import PoseCore

/// Admits requests, or says why not; counts wrong keys.
struct Door: Sendable {
  let ring: KeyRing
  let guesses: GuessLimit<NetworkAddress?>
  let cookie: SessionCookie
  let gate: StorageGate
  /// Whose `X-Forwarded-For` counts.
  let trustedProxies: [NetworkRange]
  /// How long the response to a wrong key is delayed.
  let delay: Duration
  let clock: @Sendable () -> Int64

  init(_ configuration: ServerConfiguration, ring: KeyRing, gate: StorageGate, clock: @escaping @Sendable () -> Int64) {
    self.ring = ring
    guesses = GuessLimit()
    cookie = SessionCookie(configuration)
    self.gate = gate
    trustedProxies = configuration.trustedProxies
    delay = configuration.wrongKeyDelay
    self.clock = clock
  }

  /// Who sent a request that requires a key.
  ///
  /// Throws ``PoseVaultError`` with `unauthorized`, `tooManyRequests`, or the reason why the storage can't tell.
  ///
  /// - Parameters:
  ///   - shown: the caller's credentials.
  ///   - forNumbers: whether the request is about the server's condition, for which the last known keys are good
  ///     enough.
  func caller(
    showing shown: [Credential], _ request: Request, _ context: APIContext, forNumbers: Bool = false
  ) async throws -> Caller {
    let (admission, wait) = await look(at: shown, request, context)
    switch admission {
    case .admitted(let caller, let isCertain):
      guard isCertain || forNumbers else { throw await silence() }
      ring.noteUse(by: caller, at: clock(), from: client(request, context)?.text)
      return caller
    case .undecided: throw await silence()
    case .refused(let refusal):
      if refusal == .wrong { try await hold(wait) }
      throw Self.error(refusal)
    }
  }

  /// Throws ``PoseVaultError`` as ``caller(showing:_:_:forNumbers:)`` does, unless somebody who was let in would be now.
  func recheck(_ caller: Caller, showing shown: [Credential]) async throws {
    // who got in by something else learns nothing of API_KEY
    let skips = caller.proof != .setting || caller.session != nil
    switch await ring.admission(of: shown, at: clock(), skipsAPIKey: skips) {
    case .admitted(caller, isCertain: true): return
    case .admitted(_, isCertain: true): throw Self.error(.missing)
    case .admitted, .undecided: throw await silence()
    case .refused(let refusal): throw Self.error(refusal)
    }
  }

  /// Who sends a request that anybody may send, for as much as is known of the keys; nil where it is nobody. An answer is
  /// not held back here, since it is the same for a wrong key as for none.
  func recognise(_ request: Request, _ context: APIContext) async -> Caller? {
    guard case .admitted(let caller, _) = await look(at: credentials(request), request, context).admission else {
      return nil
    }
    return caller
  }

  /// Throws ``PoseVaultError`` as ``caller(showing:_:_:forNumbers:)`` does, unless the sign-in link is waiting to be
  /// used.
  func requireLink(_ link: String, _ request: Request, _ context: APIContext) async throws {
    switch await ring.knowsLink(link, at: clock()) {
    case true?: return
    case nil: throw await silence()
    case false?:
      try await hold(wait(guesses.take(1, from: client(request, context)?.client, at: .now)))
      throw Self.usedLink
    }
  }

  static var usedLink: PoseVaultError {
    PoseVaultError(.unauthorized, "This sign-in link has already been used or has expired. Ask for a new one.")
  }

  /// The credentials in the request's fields.
  func credentials(_ request: Request) -> [Credential] {
    Self.keys(in: request.headers).map { .key($0) } + cookie.contents(request.headers).map { .session($0) }
  }

  static func keys(in headers: HTTPFields) -> [String] {
    var keys: [String] = []
    if let words = headers[.authorization]?.split(separator: " "), words.count == 2, words[0].lowercased() == "bearer" {
      keys.append(String(words[1]))
    }
    if let key = headers[custom: "X-API-Key"] { keys.append(key) }
    return keys
  }

  /// The client's address; nil if it has none.
  func client(_ request: Request, _ context: APIContext) -> NetworkAddress? {
    guard let peer = context.client?.peer else { return nil }
    let forwarded = HTTPField.Name("X-Forwarded-For").map { request.headers[values: $0] } ?? []
    return ClientAddress.of(peer: peer, forwarded: forwarded, proxies: trustedProxies)
  }

  /// Counts the keys that are wrong, also beside a right one.
  ///
  /// - Returns: also for how long no other wrong key is within the limit; nil where these are.
  private func look(
    at shown: [Credential], _ request: Request, _ context: APIContext
  ) async -> (admission: Admission, wait: Duration?) {
    let place = client(request, context)?.client
    let count = shown.count { if case .key = $0 { true } else { false } }
    guard count > 0 else { return (await ring.admission(of: shown, at: clock()), nil) }
    let share = guesses.take(count, from: place, at: .now)
    let wait = wait(share)
    let skips = ring.hasWeakKey && wait != nil
    let admission = await ring.admission(of: shown, at: clock(), skipsAPIKey: skips)
    let wrong = ring.wrongKeys(among: shown, skipsAPIKey: skips)
    guesses.giveBack(count - wrong, of: share, to: place, at: .now)
    if case .admitted(let caller, _) = admission, ring.hasWeakKey, caller.proof == .setting, caller.session == nil {
      guesses.noteRight(from: place, at: .now)
    }
    return (admission, wait)
  }

  private func wait(_ share: GuessLimit<NetworkAddress?>.Share) -> Duration? {
    if case .none(let wait) = share { wait } else { nil }
  }

  /// Holds the answer to a wrong key back; throws where too many come from there.
  ///
  /// - Parameter wait: for how long no other one is within the limit; nil where this one is.
  private func hold(_ wait: Duration?) async throws {
    let isHeld = wait == nil ? await guesses.delay(for: delay) : false
    guard !isHeld else { return }
    let seconds = max(1, Int((wait ?? .seconds(1)).components.seconds) + 1)
    throw PoseVaultError(
      .tooManyRequests, "Too many wrong keys from this address. Try again later.",
      details: ["retryAfter": "\(seconds)"])
  }

  /// Why it is not known who may get in.
  private func silence() async -> PoseVaultError {
    await gate.refusal()
      ?? PoseVaultError(.storageUnavailable, "The storage doesn't answer, so keys can't be checked.")
  }

  static func error(_ refusal: Refusal) -> PoseVaultError {
    switch refusal {
    case .missing, .wrong:
      PoseVaultError(
        .unauthorized, "The API key is missing or wrong. Send it as Authorization: Bearer … or as X-API-Key.")
    case .revoked: PoseVaultError(.unauthorized, "This key was revoked.")
    case .ended: PoseVaultError(.unauthorized, "This key has expired.")
    case .noSession: PoseVaultError(.unauthorized, "The session has ended. Sign in again.")
    case .notSetUp:
      PoseVaultError(
        .unauthorized, "There is no key yet. On the server, run posevault key add --name NAME --role owner.")
    }
  }
}
