import Access
import HTTPTypes
import Hummingbird
import Logging

/// One log line per request, with the id that identifies it in the log.
///
/// The line holds no query and no header but the client's address and the id of his key, since they may carry secrets, and
/// of a key in the path only its prefix. Of lines that warn, which a client can bring about as fast as it asks, one of a
/// status and route is written a minute.
struct RequestLogMiddleware: RouterMiddleware {
  typealias Context = APIContext

  let log: RepeatedLog
  /// Whose `X-Forwarded-For` counts.
  let trustedProxies: [NetworkRange]

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var response = try await next(request, context)
    response.headers[custom: "X-Request-ID"] = context.requestID
    var metadata: Logger.Metadata = [
      "status": "\(response.status.code)",
      "ms": "\((ContinuousClock.now - start) / .milliseconds(1))",
    ]
    if let peer = context.client?.peer {
      let forwarded = HTTPField.Name("X-Forwarded-For").map { request.headers[values: $0] } ?? []
      metadata["client"] = "\(ClientAddress.of(peer: peer, forwarded: forwarded, proxies: trustedProxies).text)"
    }
    if let caller = context.caller, caller.proof != .nothing { metadata["key"] = "\(caller.auditName)" }
    let line = "\(request.method) \(KeyText.masked(request.uri.path))"
    if response.status.code >= 500 {
      let kind = "\(request.method) \(context.endpointPath ?? "elsewhere"), status \(response.status.code)"
      log.log(.warning, line, kind: kind, metadata: metadata, logger: context.logger)
    } else {
      context.logger.info("\(line)", metadata: metadata)
    }
    return response
  }
}
