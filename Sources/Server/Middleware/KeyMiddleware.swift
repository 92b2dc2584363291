import HTTPTypes
import Hummingbird
import PoseCore

/// Wants the API key, or the cookie that stands for it, from every route under `/api` but health and the session,
/// where one is configured. `/metrics` wants it, too, where others than this machine may ask for it.
struct KeyMiddleware: RouterMiddleware {
  typealias Context = APIContext

  let key: APIKey?
  let guardsMetrics: Bool
  let clock: @Sendable () -> Int64

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard let key, isGuarded(request) else { return try await next(request, context) }
    guard key.admits(request.headers, at: clock()) else { throw Self.refusal }
    return try await next(request, context)
  }

  static let refusal = PoseVaultError(
    .unauthorized, "The API key is missing or wrong. Send it as Authorization: Bearer … or as X-API-Key.")

  private func isGuarded(_ request: Request) -> Bool {
    if guardsMetrics, request.pathComponents == ["metrics"] { return true }
    return request.isForAPI && !request.isForHealth && request.pathComponents.dropFirst().first != "session"
  }
}
