import HTTPTypes
import Hummingbird

extension ServerConfiguration {
  /// Whether a path of PUBLIC_URL such as `/api` is, or holds, one of the server's own: where a proxy takes the path off,
  /// nobody could tell whether it still is to be.
  public static func isOwnPath(_ path: String) -> Bool {
    guard !path.isEmpty else { return false }
    return (PageFile.all().map(\.path) + RouteRoles.paths).contains { $0 == path || $0.hasPrefix(path + "/") }
  }
}

/// How links to this server begin.
struct PublicAddress: Sendable {
  private let configured: String?
  /// PUBLIC_URL's path, such as `/pose`, without a slash at the end; empty without one.
  let path: String

  init(_ publicURL: String?) {
    configured = publicURL.map { url in
      var url = Substring(url)
      while url.last == "/" { url.removeLast() }
      return String(url)
    }
    let rest = configured.flatMap { url in url.firstRange(of: "://").map { url[$0.upperBound...] } } ?? ""
    path = String(rest.drop { $0 != "/" })
  }

  /// PUBLIC_URL, otherwise the request's name for this server, without a slash at the end.
  func base(for request: Request) -> String {
    configured ?? "http://" + (request.head.authority ?? "localhost")
  }
}
