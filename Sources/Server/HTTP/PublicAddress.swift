import HTTPTypes
import Hummingbird

/// The beginning of links to this server.
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
