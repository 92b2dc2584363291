import HTTPTypes
import Hummingbird
import PoseCore

/// Refuses what no route supports: unknown methods and expectations other than `100-continue`.
struct ProtocolMiddleware: RouterMiddleware {
  typealias Context = APIContext

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard HTTPRequest.Method.known.contains(request.method) else {
      throw PoseVaultError(.notImplemented, "The method \(request.method.rawValue) is not supported.")
    }
    if let expectation = request.headers[.expect], expectation.lowercased() != "100-continue" {
      throw PoseVaultError(.expectationFailed, "The only supported expectation is 100-continue.")
    }
    return try await next(request, context)
  }
}
