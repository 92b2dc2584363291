import HTTPTypes
import Hummingbird
import PoseCore

/// Responds only to the names that this server is known by.
///
/// A foreign web page can make its own name point to this machine (DNS rebinding) and would then count as the same
/// origin; its name gives it away. An address can't be misused like this: if other machines can reach the server, they
/// may use it.
struct HostMiddleware: RouterMiddleware {
  typealias Context = APIContext

  private let allowed: Set<HostName>
  private let allowsAny: Bool
  private let allowsAddresses: Bool

  init(_ configuration: ServerConfiguration) {
    var names = configuration.allowedHosts.compactMap { HostName(authority: $0) }
    if let own = configuration.publicURL.flatMap({ HostName(url: $0) }) { names.append(own) }
    allowed = Set(names)
    allowsAddresses = !configuration.isLoopback
    allowsAny = configuration.allowedHosts.contains("*")
  }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    // a client of HTTP/1.0 may name none
    if let authority = request.head.authority, !authority.isEmpty { try check(authority) }
    return try await next(request, context)
  }

  /// Throws ``PoseVaultError`` with `forbidden` for a name that isn't this server's, `badRequest` for an invalid one.
  func check(_ authority: String) throws {
    guard let host = HostName(authority: authority) else {
      throw PoseVaultError(.badRequest, "The Host field is not a host name.")
    }
    guard allowsAny || host.isLoopback || allowed.contains(host) || (allowsAddresses && host.isAddress) else {
      throw PoseVaultError(
        .forbidden,
        "This server does not accept the host name \"\(host.name)\". Set PUBLIC_URL or add the name to ALLOWED_HOSTS.")
    }
  }
}
