import Metrics
import HTTPTypes
import Hummingbird

/// Counts requests and their time by route and status.
struct MetricsMiddleware: RouterMiddleware {
  typealias Context = APIContext

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    let response = try await next(request, context)
    // as it is registered; what a client asks for beside must not make new series
    let route = context.endpointPath ?? "none"
    let method = HTTPRequest.Method.known.contains(request.method) ? request.method.rawValue : "other"
    Counter(
      label: "posevault_requests_total",
      dimensions: [("method", method), ("route", route), ("status", "\(response.status.code)")]
    ).increment()
    Timer(label: "posevault_request_seconds", dimensions: [("method", method), ("route", route)])
      .record(duration: ContinuousClock.now - start)
    return response
  }
}
