import Hummingbird
import PoseCore

/// Refuses every route under `/api` except health while the storage may not be used.
struct StorageMiddleware: RouterMiddleware {
  typealias Context = APIContext

  let gate: StorageGate

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if request.isForAPI, !request.isForHealth, let refusal = await gate.refusal() {
      throw refusal
    }
    return try await next(request, context)
  }
}
