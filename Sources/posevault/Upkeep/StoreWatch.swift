import Logging
import PoseCore
import ServiceLifecycle

/// Reports stores that have not responded for minutes. The mail queue is in the very database that may be down, so this
/// mail goes straight to the mail server.
struct StoreWatch: Service, CustomStringConvertible {
  /// What is currently wrong with the stores, one line each.
  typealias Look = @Sendable () async -> [String]
  /// Returns why nobody could be notified; nil if somebody was.
  typealias Tell = @Sendable (_ lines: [String]) async -> String?

  let description = "watch of the stores"
  let look: Look
  /// nil if nobody is to be notified.
  let tell: Tell?
  let logger: Logger
  var pace = Pace()

  struct Pace: Sendable {
    var pause = Duration.seconds(30)
    /// As long as a run waits for a store: a database restart is not worth reporting.
    var patience = Duration.seconds(300)
    /// After which the same problem is reported again.
    var period = Duration.seconds(26 * 3600)
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var since: ContinuousClock.Instant?
      var toldAt: ContinuousClock.Instant?
      while !Task.isCancelled {
        let lines = await look()
        // a question that was given up with the server says nothing of the store
        if Task.isCancelled { return }
        if lines.isEmpty {
          if let since {
            logger.notice("The stores are available again", metadata: ["away": "\(ContinuousClock.now - since)"])
          }
          since = nil
          toldAt = nil
        } else {
          if since == nil { logger.warning("A store can't be used: \(lines.joined(separator: " "))") }
          let start = since ?? .now
          since = start
          let isDue = toldAt.map { .now - $0 >= pace.period } ?? (.now - start >= pace.patience)
          if isDue, let tell {
            if let failure = await tell(lines) {
              logger.warning("The mail about an unavailable store could not be sent: \(failure)")
            } else {
              toldAt = .now
            }
          }
        }
        try? await Task.sleep(for: pace.pause)
      }
    }
  }
}

extension StoreWatch {
  /// Checks each store in turn, for at most ten seconds.
  static func look(_ opening: StorageOpening, _ storage: Composition.Storage) -> Look {
    { [poses = storage.poses, images = storage.images] in
      if let trouble = await opening.trouble { return [trouble.message] }
      let questions: [@Sendable () async throws -> Void] = [{ try await poses.ping() }, { try await images.ping() }]
      var lines: [String] = []
      for question in questions {
        let answer = await promptly(within: .seconds(10)) { () -> String? in
          do {
            try await question()
            return nil
          } catch let error as PoseVaultError {
            return error.message
          }
        }
        if let line = answer ?? "A store doesn't answer." { lines.append(line) }
      }
      return lines
    }
  }
}
