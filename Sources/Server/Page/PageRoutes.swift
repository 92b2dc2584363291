import HTTPTypes
import Hummingbird

/// The web page: `/` and its files.
struct PageRoutes {
  func register(on router: Router<APIContext>) {
    for file in PageFile.all() {
      router.resource(file.path, [.get: { request, _ in Self.response(file, to: request) }], query: nil)
    }
  }

  private static func response(_ file: PageFile, to request: Request) -> Response {
    // the router passes over slashes at the end, but a browser would look for the page's files behind them
    let slashes = request.uri.path.reversed().prefix { $0 == "/" }.count
    if slashes > 0, let name = file.path.split(separator: "/").last {
      // relative, so that it holds below any path that a proxy adds
      return Response(
        status: .permanentRedirect, headers: [.location: String(repeating: "../", count: slashes) + name])
    }
    var headers = Self.headers
    // the API's description is no page, and gets what every other answer gets
    if request.isForAPI { headers[.contentSecurityPolicy] = nil }
    headers[.eTag] = file.tag.text
    if let known = request.headers[.ifNoneMatch], file.tag.matchesWeakly(known) {
      return .empty(.notModified, headers: headers)
    }
    headers[.contentType] = file.contentType
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
  }

  /// `no-cache` makes the browser revalidate each time, so that page and program are always the same version; this
  /// costs a 304.
  private static let headers: HTTPFields = {
    var headers: HTTPFields = [
      .cacheControl: "no-cache",
      .contentSecurityPolicy: contentSecurityPolicy,
      .xContentTypeOptions: "nosniff",
    ]
    headers[custom: "Referrer-Policy"] = "no-referrer"
    headers[custom: "Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    headers[custom: "Cross-Origin-Opener-Policy"] = "same-origin"
    return headers
  }()

  /// Nothing from elsewhere, nothing inline, and no text that becomes markup. `blob:` is for a picture that is
  /// displayed while it is being uploaded.
  private static let contentSecurityPolicy = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "connect-src 'self'",
    "manifest-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].joined(separator: "; ")
}
