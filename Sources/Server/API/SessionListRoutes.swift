import Access
import HTTPTypes
import Hummingbird
import PoseCore

/// `GET /api/sessions` and `DELETE /api/sessions/{id}`: where somebody is signed in. Owners see all sessions, others
/// those of their own key.
struct SessionListRoutes: Sendable {
  let ring: KeyRing
  let access: any AccessKeys
  let clock: @Sendable () -> Int64

  @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let state = try await ring.wholeState()
    let now = clock()
    let keys = Dictionary(state.keys.map { ($0.id, $0) }) { first, _ in first }
    let sessions = state.sessions.filter { $0.endsAt > now && !$0.isLink && Self.isShown($0, to: context.caller) }
    return .success(headers: [.cacheControl: "no-store"]) { json in
      json.object("data") { json in
        json.array("sessions") { json in
          for session in sessions {
            json.object { json in
              session.writeFields(key: session.key.flatMap { keys[$0] }, into: &json)
              json.field("current", session.id == context.caller?.session)
            }
          }
        }
      }
    }
  }

  @Sendable func end(_ request: Request, _ context: APIContext) async throws -> Response {
    guard let id = context.parameters.get("id").flatMap({ Query.integer($0) }), id > 0 else {
      throw PoseVaultError(.badRequest, "A session's id is a whole number greater than 0.")
    }
    let shown = try await ring.wholeState().sessions.filter { Self.isShown($0, to: context.caller) }
    guard shown.contains(where: { $0.id == id }), try await access.endSession(id) else {
      throw PoseVaultError(.notFound, "There is no session \(id).")
    }
    ring.forget()
    return .success(headers: [.cacheControl: "no-store"]) { json in
      json.field("message", "The session is ended")
    }
  }

  private static func isShown(_ session: AccessSession, to caller: Caller?) -> Bool {
    guard let caller else { return false }
    if caller.role == .owner { return true }
    guard case .key(let id) = caller.proof else { return false }
    return session.key == id
  }
}

extension AccessSession {
  /// - Parameter key: nil for API_KEY.
  fileprivate func writeFields(key: AccessKey?, into json: inout JSONWriter) {
    json.field("id", id)
    json.field("key", key?.id)
    json.field("name", key?.name ?? "API_KEY")
    json.field("role", (key?.role ?? .owner).rawValue)
    json.field("createdAt", time: createdAt)
    json.field("until", time: endsAt)
    json.field("lastUsedAt", time: lastUsedAt)
    json.field("lastUsedFrom", lastUsedFrom)
  }
}
