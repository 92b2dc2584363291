import HTTPTypes
import Hummingbird
import PoseCore

/// Wants the API key, or the cookie that stands for it, from every route under `/api` but health and the session,
/// where one is configured.
struct KeyMiddleware: RouterMiddleware {
  typealias Context = APIContext

  let key: APIKey?
  let clock: @Sendable () -> Int64

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard let key, Self.isGuarded(request.uri.path) else { return try await next(request, context) }
    guard key.admits(request.headers, at: clock()) else { throw Self.refusal }
    return try await next(request, context)
  }

  static let refusal = PoseVaultError(
    .unauthorized, "The API key is missing or wrong. Send it as Authorization: Bearer … or as X-API-Key.")

  /// Looks at the path as the router does: by its components, of which empty ones don't count.
  private static func isGuarded(_ path: String) -> Bool {
    let components = path.split(separator: "/")
    return components.first == "api" && !(components.count > 1 && ["health", "session"].contains(components[1]))
  }
}
