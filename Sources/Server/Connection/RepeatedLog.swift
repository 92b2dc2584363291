import Logging
import PoseCore
import Synchronization

/// Log lines that clients can cause as often as they like: the first of a kind is written at once, those that follow
/// within a minute are counted, and the count is logged at the end of the minute.
final class RepeatedLog: Sendable {
  private let logger: Logger
  private let pause: Duration
  /// How many lines of each kind were left out; kinds without recent lines are not included.
  private let leftOut = Mutex<[String: Int]>([:])
  /// The number of kinds counted separately; all others count as one.
  private static let mostKinds = 200
  private static let others = "Other lines"

  init(_ logger: Logger, pause: Duration = .seconds(60)) {
    self.logger = logger
    self.pause = pause
  }

  func warning(_ message: String) { log(.warning, message) }

  /// - Parameters:
  ///   - kind: what distinguishes lines; the message if nil.
  ///   - logger: the request's, so that its id is in the line.
  func log(
    _ level: Logger.Level, _ message: String, kind: String? = nil, metadata: Logger.Metadata = [:],
    logger: Logger? = nil
  ) {
    let kind = kind ?? message
    let begun = leftOut.withLock { leftOut -> String? in
      let kind = leftOut[kind] != nil || leftOut.count < Self.mostKinds ? kind : Self.others
      if let count = leftOut[kind] {
        leftOut[kind] = count + 1
        return nil
      }
      leftOut[kind] = 0
      return kind
    }
    guard let begun else { return }
    (logger ?? self.logger).log(level: level, "\(message)", metadata: metadata)
    Task { await tellLeftOut(begun, level) }
  }

  /// As `Logger.report`, for errors.
  func report(_ error: any Error, _ what: String? = nil, level: Logger.Level, logger: Logger) {
    let causes = ErrorCauses(of: error)
    let message = causes.lines.first ?? ""
    var metadata: Logger.Metadata = [:]
    if what != nil { metadata["error"] = "\(message)" }
    if let cause = causes.text { metadata["cause"] = "\(cause)" }
    log(level, what ?? message, metadata: metadata, logger: logger)
  }

  /// Until a minute has passed without such a line.
  private func tellLeftOut(_ kind: String, _ level: Logger.Level) async {
    while true {
      try? await Task.sleep(for: pause)
      let count = leftOut.withLock { leftOut in
        let count = leftOut[kind] ?? 0
        leftOut[kind] = count == 0 ? nil : 0
        return count
      }
      guard count > 0 else { return }
      logger.log(level: level, "\(kind)", metadata: ["more-times": "\(count)"])
    }
  }
}
