import HTTPTypes
import Hummingbird
import Logging

/// One log line for each request, and the id under which it is found in the log.
///
/// The line holds no query and no header: they may carry secrets.
struct RequestLogMiddleware: RouterMiddleware {
  typealias Context = APIContext

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var response = try await next(request, context)
    response.headers[custom: "X-Request-ID"] = context.requestID
    context.logger.log(
      level: response.status.code >= 500 ? .warning : .info, "\(request.method) \(request.uri.path)",
      metadata: [
        "status": "\(response.status.code)",
        "ms": "\((ContinuousClock.now - start) / .milliseconds(1))",
      ])
    return response
  }
}
