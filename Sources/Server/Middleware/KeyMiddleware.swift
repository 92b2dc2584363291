import Access
import HTTPTypes
import Hummingbird
import PoseCore

/// Finds out who sends a request. Every route under `/api` but health and the session needs a key, or the cookie that
/// stands for one, where keys are asked for; `/metrics`, too, where others than this machine may ask for it.
///
/// What somebody may do with his key is up to ``RouteRoles``.
struct KeyMiddleware: RouterMiddleware {
  typealias Context = APIContext

  let door: Door
  let recorder: AuditRecorder
  let guardsMetrics: Bool

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if isGuarded(request) {
      do {
        context.identify(
          try await door.caller(
            showing: door.credentials(request), request, context, forNumbers: isForMetrics(request)))
      } catch let error as PoseVaultError where AuditedRoutes.refusals.contains(error.code) {
        recorder.refuse(
          by: nil, from: door.client(request, context)?.text, action: AuditedRoutes.action(request, context),
          outcome: error.code.status.code)
        throw error
      }
    }
    return try await next(request, context)
  }

  private func isForMetrics(_ request: Request) -> Bool { request.pathComponents == ["metrics"] }

  private func isGuarded(_ request: Request) -> Bool {
    if guardsMetrics, isForMetrics(request) { return true }
    return request.isForAPI && !request.isForHealth && request.pathComponents.dropFirst().first != "session"
  }
}
