import Access
import Logging
import PoseCore
import ServiceLifecycle

/// Stores when and from where keys and sessions were used, every half minute and at the end.
struct KeyUses: Service, CustomStringConvertible {
  let ring: KeyRing
  let opening: StorageOpening
  let logger: Logger
  let description = "key uses"

  private static let pause = Duration.seconds(30)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.pause)
        guard !Task.isCancelled else { break }
        await store()
      }
    }
    await store()
  }

  private func store() async {
    guard await opening.trouble == nil else { return }
    do {
      try await ring.storeUses()
    } catch is CancellationError {
      // told the next time
    } catch {
      WorkMetrics.countFailure(error, of: description)
      logger.report(error, "Could not store when keys were last used", level: .warning)
    }
  }
}
