import HTTPTypes
import Hummingbird

/// Keeps a browser from doing more with a response than showing or saving it.
///
/// Stored content came from outside. An SVG picture, for example, can contain a script, which would run in the server's
/// own origin if its address is opened. The page's files have a policy of their own.
struct AnswerSafetyMiddleware: RouterMiddleware {
  typealias Context = APIContext

  private let headers: HTTPFields

  init(_ configuration: ServerConfiguration) {
    headers = Self.headers(allowsOtherSites: !configuration.corsOrigins.isEmpty)
  }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    guard response.headers[.contentSecurityPolicy] == nil else { return response }
    for field in headers { response.headers[field.name] = field.value }
    return response
  }

  /// - Parameter allowsOtherSites: whether pages of other sites may show pictures from here, as CORS_ORIGIN permits.
  static func headers(allowsOtherSites: Bool) -> HTTPFields {
    var headers: HTTPFields = [
      .contentSecurityPolicy: "sandbox; default-src 'none'", .xContentTypeOptions: "nosniff",
    ]
    headers[custom: "Cross-Origin-Resource-Policy"] = allowsOtherSites ? "cross-origin" : "same-site"
    return headers
  }
}
