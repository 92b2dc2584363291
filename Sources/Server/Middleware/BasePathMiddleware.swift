import HTTPTypes
import Hummingbird

/// Lets the server be below a path of PUBLIC_URL, such as `https://example.org/pose`.
///
/// Routes know nothing of it: the connection strips the path if a proxy kept it, and here it is added again to what a
/// client follows.
struct BasePathMiddleware: RouterMiddleware {
  typealias Context = APIContext

  /// As in ``PublicAddress``.
  let path: String

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard !path.isEmpty else { return try await next(request, context) }
    if request.uri.path == path, request.method == .get || request.method == .head {
      // the page's files are relative to the slash
      let query = request.uri.query.map { "?\($0)" } ?? ""
      return Response(status: .permanentRedirect, headers: [.location: "\(path)/\(query)"])
    }
    var response = try await next(request, context)
    if let location = response.headers[.location], location.hasPrefix("/") {
      response.headers[.location] = path + location
    }
    return response
  }
}
