import HTTPTypes
import Hummingbird
import PoseCore

extension RouterMethods where Context == APIContext {
  typealias Handler = @Sendable (Request, APIContext) async throws -> Response

  /// Registers all that is at `path`: the handlers, `HEAD` wherever there is `GET`, `OPTIONS`, and 405 for the rest.
  ///
  /// - Parameter query: the parameters that each handler knows, others are refused; nil where any are ignored.
  func resource(
    _ path: RouterPath, _ handlers: [HTTPRequest.Method: Handler], query: [HTTPRequest.Method: [String]]? = [:]
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
    if let get = handlers[.get] {
      handlers[.head] = { try await get($0, $1).createHeadResponse() }
    }
    let allowed = HTTPRequest.Method.known.filter { handlers[$0] != nil || $0 == .options }
    let allow = allowed.map(\.rawValue).joined(separator: ", ")
    for method in HTTPRequest.Method.known {
      if let handler = handlers[method] {
        on(path, method: method, use: handler)
      } else if method == .options {
        on(path, method: method) { _, _ in Response.empty(.noContent, headers: [.allow: allow]) }
      } else {
        on(path, method: method) { _, _ in
          let error = PoseVaultError(.methodNotAllowed, "\(method.rawValue) is not possible here, only \(allow).")
          return Response.failure(error, headers: [.allow: allow])
        }
      }
    }
  }
}

extension HTTPRequest.Method {
  /// The methods of RFC 9110, `PATCH` and `QUERY`; any other is answered with 501 whatever it is asked of.
  static let known: [HTTPRequest.Method] = [
    .get, .head, .post, .put, .delete, .patch, .options, .query, .trace, .connect,
  ]
}

extension Response {
  /// Without body, and without the length that `Content-Length: 0` would claim for what isn't sent.
  static func empty(_ status: HTTPResponse.Status, headers: HTTPFields) -> Response {
    var response = Response(status: status, headers: headers)
    response.headers[.contentLength] = nil
    return response
  }
}
