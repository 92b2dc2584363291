import Logging
import PoseCore
import ServiceLifecycle

/// Upkeep that is done when the server starts and once an hour from then on. Failures are logged, and retried an hour later.
struct HourlyWork: Service, CustomStringConvertible {
  /// Also names it in the metrics of failures.
  let description: String
  /// What to log of a failure, such as `Could not remove expired upload keys`.
  let failure: String
  let logger: Logger
  let work: @Sendable () async throws -> Void

  private static let pause = Duration.seconds(3600)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          try await work()
        } catch is CancellationError {
          return
        } catch {
          WorkMetrics.countFailure(error, of: description)
          logger.report(error, failure, level: .warning)
        }
        try? await Task.sleep(for: Self.pause)
      }
    }
  }
}
