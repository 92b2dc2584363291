import Hummingbird
import PoseCore

/// Refuses every route under `/api` but health while a restore is filling the storage.
struct RestoreMiddleware: RouterMiddleware {
  typealias Context = APIContext

  let gate: RestoreGate

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if request.isForAPI, !request.isForHealth, let mark = await gate.mark() {
      throw mark.refusal
    }
    return try await next(request, context)
  }
}
