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
    switch await look(at: shown, request, context) {
    case .admitted(let caller, let isCertain):
      guard isCertain || forNumbers else { throw await silence() }
      ring.noteUse(by: caller, at: clock(), from: client(request, context)?.text)
      return caller
    case .undecided: throw await silence()
    case .refused(let refusal):
      try await hold(refusal, of: request, context)
      throw Self.error(refusal)
    }
  }

  /// Who sent a request that needs no key, as far as the keys are known; nil if nobody known. Responses are not delayed
  /// here, since they are the same for a wrong key as for none.
  func recognise(_ request: Request, _ context: APIContext) async -> Caller? {
    switch await look(at: credentials(request), request, context) {
    case .admitted(let caller, _): return caller
    case .undecided: return nil
    case .refused(let refusal):
      if refusal == .wrong { _ = guesses.noteWrong(from: client(request, context)?.client, at: .now) }
      return nil
    }
  }

  /// Throws ``PoseVaultError`` as ``caller(showing:_:_:forNumbers:)`` does, unless the sign-in link is waiting to be
  /// used.
  func requireLink(_ link: String, _ request: Request, _ context: APIContext) async throws {
    switch await ring.knowsLink(link, at: clock()) {
    case true?: return
    case nil: throw await silence()
    case false?:
      try await hold(.wrong, of: request, context)
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

  private func look(at shown: [Credential], _ request: Request, _ context: APIContext) async -> Admission {
    let place = client(request, context)?.client
    let skips = ring.hasWeakKey && !guesses.mayGuess(from: place, at: .now)
    let admission = await ring.admission(of: shown, at: clock(), skipsAPIKey: skips)
    if case .admitted(let caller, _) = admission, ring.hasWeakKey, caller.proof == .setting, caller.session == nil {
      guesses.noteRight(from: place)
    }
    return admission
  }

  /// Counts a wrong key, and delays the response; throws if there have been too many from there.
  private func hold(_ refusal: Refusal, of request: Request, _ context: APIContext) async throws {
    guard refusal == .wrong else { return }
    let rest = guesses.noteWrong(from: client(request, context)?.client, at: .now)
    let isHeld = rest == nil ? await guesses.delay(for: delay) : false
    guard !isHeld else { return }
    let seconds = max(1, Int((rest ?? .seconds(1)).components.seconds) + 1)
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
