import Access
import Logging
import PoseCore
import ServiceLifecycle

/// Seals the audit trail, and stores entries waiting for that: every second, and at the end.
struct AuditWork: Service, CustomStringConvertible {
  let recorder: AuditRecorder
  let opening: StorageOpening
  let logger: Logger
  let description = "audit"

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var isFailing = false
      while !Task.isCancelled {
        do {
          if await opening.trouble == nil { try await recorder.work() }
          isFailing = false
        } catch is CancellationError {
          return
        } catch {
          // told once, until it works again
          if !isFailing { logger.report(error, "The audit trail could not be sealed", level: .warning) }
          isFailing = true
          WorkMetrics.countFailure(error, of: description)
        }
        try? await Task.sleep(for: .seconds(1))
      }
    }
    guard await opening.trouble == nil else { return }
    do {
      try await recorder.work(isLast: true)
    } catch {
      logger.report(error, "The end of the audit trail could not be stored", level: .warning)
    }
  }
}
