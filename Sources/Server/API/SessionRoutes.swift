import Access
import HTTPTypes
import Hummingbird
import PoseCore

/// `/api/session`: exchanges a key for a cookie, so that a page's pictures and downloads work.
struct SessionRoutes: Sendable {
  let door: Door
  let access: any AccessKeys
  /// In seconds.
  let lifetime: Int64
  let clock: @Sendable () -> Int64

  private static let maxBodyBytes = 4096

  @Sendable func show(_ request: Request, _ context: APIContext) async throws -> Response {
    do {
      return response(try await door.caller(showing: door.credentials(request), request, context))
    } catch let error as PoseVaultError where error.code == .unauthorized {
      return response(nil)
    }
  }

  @Sendable func open(_ request: Request, _ context: APIContext) async throws -> Response {
    // nobody needs a cookie where nobody needs a key
    if case .admitted(let caller, _) = await door.ring.admission(of: [], at: clock()) { return response(caller) }
    var keys = Door.keys(in: request.headers)
    if keys.isEmpty {
      switch try await Self.proof(in: request, context) {
      case .key(let key): keys = [key]
      case .link(let link): return try await open(link, request, context)
      }
    }
    let caller = try await door.caller(showing: keys.map { .key($0) }, request, context)
    AuditNote.current?.identify(caller.auditName)
    let content = KeyText.makeSession()
    var session = newSession(content, request, context)
    switch caller.proof {
    case .nothing: return response(caller)
    case .key(let id): session.key = id
    case .setting: session.binding = door.ring.rules.apiKey.map { KeyText.binding(of: content, to: $0) }
    }
    session = try await access.addSession(session)
    door.ring.forget()
    return response(
      Caller(proof: caller.proof, session: session.id, role: caller.role),
      cookie: door.cookie.issued(content, lifetime: lifetime))
  }

  /// Opens a session of the link's key, once.
  private func open(_ link: String, _ request: Request, _ context: APIContext) async throws -> Response {
    try await door.requireLink(link, request, context)
    let content = KeyText.makeSession()
    guard try await access.useLink(KeyText.digest(link), for: newSession(content, request, context)) != nil else {
      throw Door.usedLink
    }
    door.ring.forget()
    let caller = try await door.caller(showing: [.session(content)], request, context)
    return response(caller, cookie: door.cookie.issued(content, lifetime: lifetime))
  }

  private func newSession(_ content: String, _ request: Request, _ context: APIContext) -> AccessSession {
    let now = clock()
    return AccessSession(
      id: 0, sha256: KeyText.digest(content), key: nil, binding: nil, createdAt: now, endsAt: now + lifetime,
      lastUsedAt: now, lastUsedFrom: door.client(request, context)?.text)
  }

  /// Ends the session itself, not just this browser's memory of it.
  @Sendable func close(_ request: Request, _ context: APIContext) async throws -> Response {
    let shown = door.cookie.contents(request.headers).map { Credential.session($0) }
    if case .admitted(let caller, _) = await door.ring.admission(of: shown, at: clock()) {
      guard let session = caller.session else { return response(caller) }
      AuditNote.current?.identify(caller.auditName)
      try await access.endSession(session)
      door.ring.forget()
    }
    return response(nil, cookie: door.cookie.forgotten)
  }

  /// - Parameter caller: nil if not signed in.
  private func response(_ caller: Caller?, cookie: String? = nil) -> Response {
    var headers: HTTPFields = [.cacheControl: "no-store"]
    headers[.setCookie] = cookie
    return .success(headers: headers) { json in
      json.object("data") { json in
        json.field("required", caller?.proof != .nothing)
        json.field("active", caller != nil)
        json.field("role", caller?.role.rawValue)
      }
    }
  }

  private struct Body: Decodable {
    var apiKey: String?
    var link: String?
  }

  private enum Proof {
    case key(String)
    case link(String)
  }

  private static func proof(in request: Request, _ context: APIContext) async throws -> Proof {
    let expected = #"Send the key as a header or as {"apiKey":"…"}, or a sign-in link's code as {"link":"…"}."#
    let body = try await request.jsonBody(Body.self, limit: maxBodyBytes, context, expected: expected)
    switch (body.apiKey, body.link) {
    case (let key?, nil): return .key(key)
    case (nil, let link?): return .link(link)
    default: throw PoseVaultError(.badRequest, expected)
    }
  }
}
