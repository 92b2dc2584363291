import Access
import HTTPTypes
import Hummingbird
import PoseCore

extension RouterMethods where Context == APIContext {
  typealias Handler = @Sendable (Request, APIContext) async throws -> Response

  /// Registers everything at `path`: the handlers, `HEAD` wherever there is `GET`, `OPTIONS`, and 405 for the rest.
  ///
  /// - Parameters:
  ///   - path: from the root, such as `/api/poses/:id`; ``RouteRoles`` says who may call it.
  ///   - query: the parameters that each handler accepts, others are refused; nil if all others are ignored.
  ///   - isOpen: whether no key is needed, whatever the table says.
  func resource(
    _ path: String, _ handlers: [HTTPRequest.Method: Handler], query: [HTTPRequest.Method: [String]]? = [:],
    isOpen: Bool = false
  ) {
    var handlers = handlers
    if let query {
      for (method, handler) in handlers {
        let known = query[method] ?? []
        handlers[method] = { request, context in
          try Query(request).requireKnown(known)
          return try await handler(request, context)
        }
      }
    }
    if !isOpen {
      for (method, handler) in handlers {
        guard let roles = RouteRoles.of(method, path) else { continue }
        handlers[method] = { request, context in
          try context.require(roles)
          return try await handler(request, context)
        }
      }
    }
    let place = RouterPath(path)
    if let get = handlers[.get] {
      handlers[.head] = { try await get($0, $1).withoutContent }
    }
    let allowed = HTTPRequest.Method.known.filter { handlers[$0] != nil || $0 == .options }
    let allow = allowed.map(\.rawValue).joined(separator: ", ")
    for method in HTTPRequest.Method.known {
      if let handler = handlers[method] {
        on(place, method: method, use: handler)
      } else if method == .options {
        on(place, method: method) { _, _ in Response.empty(.noContent, headers: [.allow: allow]) }
      } else {
        on(place, method: method) { _, _ in
          let error = PoseVaultError(.methodNotAllowed, "\(method.rawValue) is not allowed here, only \(allow).")
          return Response.failure(error, headers: [.allow: allow])
        }
      }
    }
  }
}

extension APIContext {
  /// Throws ``PoseVaultError`` with `forbidden` unless the caller is an owner or has one of the roles.
  func require(_ roles: Set<AccessRole>) throws {
    guard let caller else { throw Door.error(.missing) }
    guard caller.role != .owner, !roles.contains(caller.role) else { return }
    let wanted = AccessRole.allCases.filter { $0 == .owner || roles.contains($0) }.map(\.rawValue)
    throw PoseVaultError(
      .forbidden,
      "This key has the role \(caller.role.rawValue). This takes one of: \(wanted.joined(separator: ", ")).",
      details: ["role": caller.role.rawValue])
  }
}

extension HTTPRequest.Method {
  /// The methods of RFC 9110, `PATCH` and `QUERY`; any other is answered with 501 on every path.
  static let known: [HTTPRequest.Method] = [
    .get, .head, .post, .put, .delete, .patch, .options, .query, .trace, .connect,
  ]
}

extension Response {
  /// As `HEAD` gets it: with the length that `GET` tells, or without one (RFC 9110, section 8.6).
  var withoutContent: Response {
    var response = self
    let length = headers[.contentLength]
    response.body = ResponseBody { try await $0.finish(nil) }
    response.headers[.contentLength] = length
    return response
  }

  /// Without body, and without the length that `Content-Length: 0` would claim for what isn't sent.
  static func empty(_ status: HTTPResponse.Status, headers: HTTPFields) -> Response {
    var response = Response(status: status, headers: headers)
    response.headers[.contentLength] = nil
    return response
  }
}
