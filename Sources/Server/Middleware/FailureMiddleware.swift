import HTTPTypes
import Hummingbird
import Logging
import PoseCore

/// Turns whatever a route throws into the documented failure.
struct FailureMiddleware: RouterMiddleware {
  typealias Context = APIContext

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as PoseVaultError {
      if error.code.status.code >= 500 {
        context.logger.error("\(error)", metadata: ["cause": "\(error.cause.map { "\($0)" } ?? "none")"])
      }
      return .failure(error)
    } catch let error as HTTPError where error.status == .notFound {
      return .failure(PoseVaultError(.notFound, "There is nothing at \(request.uri.path)."))
    } catch is CancellationError {
      return .failure(PoseVaultError(.shuttingDown, "The request was given up: the client left or the server stops."))
    } catch {
      context.logger.error("Unexpected failure", metadata: ["cause": "\(error)"])
      return .failure(PoseVaultError(.internal, "Something went wrong in the server. Its log has the cause."))
    }
  }
}
