import HTTPTypes
import Hummingbird
import PoseCore

/// Keeps foreign web pages from writing and from making the server work, and lets those of the configured origins read
/// and write (CORS).
///
/// Another port of this machine, and another subdomain, are one site for a browser, and still not this server's page.
///
/// A foreign page can't read what it loads, but it could have pictures drawn, and tell by which load how many poses
/// there are. Browsers say where a request comes from (`Sec-Fetch-Site`); other clients don't.
struct OriginMiddleware: RouterMiddleware {
  typealias Context = APIContext

  private let corsOrigins: Set<String>
  private let publicOrigin: String?
  private let failures: FailureMiddleware

  init(_ configuration: ServerConfiguration, failures: FailureMiddleware) {
    self.failures = failures
    corsOrigins = Set(configuration.corsOrigins.map(Self.origin))
    publicOrigin = configuration.publicURL.map(Self.origin)
  }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    try refuseOtherSite(request)
    guard let origin = request.headers[.origin] else {
      var response = try await next(request, context)
      vary(&response)
      return response
    }
    guard corsOrigins.contains(origin) else {
      guard !Self.isWrite(request.method) || isOwn(origin, request) else {
        throw PoseVaultError(
          .forbidden, "Pages from \(origin) may not make changes here. Add the origin to CORS_ORIGIN to allow it.")
      }
      var response = try await next(request, context)
      vary(&response)
      return response
    }
    if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
      return preflight(origin)
    }
    // the page is to see a failure too
    var response = await failures.answer(request, in: context, by: next)
    allow(origin, &response)
    return response
  }

  /// Allows a person to open a link on another site, and the configured origins' pages to load things; their `<img>`
  /// sends no `Origin`, but a `Referer`, which no page can forge.
  private func refuseOtherSite(_ request: Request) throws {
    guard request.isForAPI, let site = request.headers[custom: "Sec-Fetch-Site"]?.lowercased(),
      ["cross-site", "same-site"].contains(site)
    else { return }
    let isOpened =
      request.method == .get && request.headers[custom: "Sec-Fetch-Mode"]?.lowercased() == "navigate"
      && request.headers[custom: "Sec-Fetch-Dest"]?.lowercased() == "document"
    let page = request.headers[.origin] ?? request.headers[.referer].map(Self.origin)
    guard !isOpened, page.map(corsOrigins.contains) != true else { return }
    throw PoseVaultError(
      .forbidden, "Pages from other origins may not load this. Add their origin to CORS_ORIGIN to allow it.")
  }

  private func preflight(_ origin: String) -> Response {
    var response = Response.empty(
      .noContent,
      headers: [
        .accessControlAllowMethods: "GET, HEAD, POST, PUT, DELETE, OPTIONS",
        .accessControlAllowHeaders:
          "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Prefer, Range, X-API-Key",
        .accessControlMaxAge: "600",
        .allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS",
      ])
    allow(origin, &response)
    return response
  }

  private func allow(_ origin: String, _ response: inout Response) {
    response.headers[.accessControlAllowOrigin] = origin
    response.headers[.accessControlExposeHeaders] =
      "Content-Disposition, Content-Range, ETag, Idempotent-Replayed, Location, Retry-After, X-Request-ID"
    vary(&response)
  }

  /// A cache must not return one origin's response to another.
  private func vary(_ response: inout Response) {
    guard !corsOrigins.isEmpty else { return }
    response.headers[.vary] = (response.headers[.vary].map { "\($0), " } ?? "") + "Origin"
  }

  /// Whether the page came from this server. The scheme is ignored: a proxy may have terminated TLS.
  private func isOwn(_ origin: String, _ request: Request) -> Bool {
    if origin == publicOrigin { return true }
    guard let authority = request.head.authority?.lowercased(), let scheme = origin.firstRange(of: "://") else {
      return false
    }
    let port = origin.hasPrefix("https:") ? ":443" : ":80"
    let named = origin[scheme.upperBound...].lowercased()
    return named == authority || named + port == authority
  }

  private static func isWrite(_ method: HTTPRequest.Method) -> Bool {
    ![.get, .head, .options].contains(method)
  }

  /// Scheme and authority of a URL, as a browser writes them: without the scheme's default port.
  private static func origin(_ url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return url }
    let origin = String(url[..<scheme.upperBound] + url[scheme.upperBound...].prefix { $0 != "/" }).lowercased()
    let port = origin.hasPrefix("https:") ? ":443" : ":80"
    return origin.hasSuffix(port) ? String(origin.dropLast(port.count)) : origin
  }
}
