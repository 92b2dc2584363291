import Access
import Metrics
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PoseCore

/// Turns whatever a route throws into the documented form of failure.
struct FailureMiddleware: RouterMiddleware {
  typealias Context = APIContext

  let log: RepeatedLog
  let address: PublicAddress

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    await answer(request, in: context, by: next)
  }

  func answer(
    _ request: Request, in context: Context, by next: (Request, Context) async throws -> Response
  ) async -> Response {
    do {
      return try await next(request, context)
    } catch {
      let failure = failure(error, of: request, log: context.logger)
      return FailurePage.isWanted(by: request) ? FailurePage.response(failure, at: address) : .failure(failure)
    }
  }

  private func failure(_ error: any Error, of request: Request, log logger: Logger) -> PoseVaultError {
    switch error {
    case let error as PoseVaultError:
      guard error.code.status.code >= 500 else { return error }
      if error.code == .storageUnavailable {
        Counter(label: "posevault_storage_errors_total", dimensions: [("work", "requests")]).increment()
      }
      // a full queue is what limits are for; everything else wants someone to look
      log.report(error, level: error.code == .queueFull ? .info : .error, logger: logger)
      // what these are about is the operator's business, not the client's
      guard error.code.status == .internalServerError else { return error }
      return Self.internalError
    case let error as HTTPError where error.status == .notFound:
      return PoseVaultError(.notFound, "\(KeyText.masked(request.uri.path)) was not found.")
    case is CancellationError:
      return PoseVaultError(
        .shuttingDown, "The request was cancelled: the client disconnected or the server is stopping.")
    case is IOError, is ChannelError:
      return PoseVaultError(.badRequest, "The connection was lost before the request was complete.", cause: error)
    default:
      log.report(error, "Unexpected failure", level: .error, logger: logger)
      return Self.internalError
    }
  }

  private static let internalError = PoseVaultError(
    .internal, "Something went wrong on the server. Its log has the cause.")
}
