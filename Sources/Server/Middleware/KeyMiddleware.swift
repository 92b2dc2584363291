import Access
import HTTPTypes
import Hummingbird
import PoseCore

/// Determines who sent a request. If keys are required, every route under `/api` except health and the session needs a
/// key, or the cookie that stands for one; so does `/metrics` if machines other than this one can reach it.
///
/// What a caller may do is up to ``RouteRoles``.
struct KeyMiddleware: RouterMiddleware {
  typealias Context = APIContext

  let door: Door
  let recorder: AuditRecorder
  let guardsMetrics: Bool
  let isMetricsPublic: Bool

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if isGuarded(request) {
      do {
        let shown = door.credentials(request)
        let caller = try await door.caller(showing: shown, request, context, forNumbers: isForMetrics(request))
        context.identify(caller) { [door] in try await door.recheck(caller, showing: shown) }
      } catch let error as PoseVaultError where AuditedRoutes.refusals.contains(error.code) {
        recorder.refuse(
          by: nil, from: door.client(request, context)?.text, action: AuditedRoutes.action(request, context),
          outcome: error.code.status.code)
        throw error
      }
      // the route itself asks only where the server listens to others than this machine
      if isForMetrics(request), [.get, .head].contains(request.method), let roles = RouteRoles.of(.get, "/metrics") {
        try context.require(roles)
      }
    }
    return try await next(request, context)
  }

  /// If a server only listens to this machine, others reach it through a proxy, which says so.
  private func comesThroughProxy(_ request: Request) -> Bool {
    ["X-Forwarded-For", "Forwarded"].contains { request.headers[custom: $0] != nil }
  }

  private func isForMetrics(_ request: Request) -> Bool { request.pathComponents == ["metrics"] }

  private func isGuarded(_ request: Request) -> Bool {
    if isForMetrics(request) { return guardsMetrics || !isMetricsPublic && comesThroughProxy(request) }
    return request.isForAPI && !request.isForHealth && request.pathComponents.dropFirst().first != "session"
  }
}
