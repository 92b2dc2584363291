import Logging
import PoseCore
import ServiceLifecycle
import Synchronization

/// The audit trail as JSON Lines on standard output, for programs that collect logs.
///
/// A dedicated thread writes them, so that a stalled reader holds up no request: entries then wait, and beyond ``most``
/// of them any more are left out, counted and reported. The storage has them all.
final class AuditLog: Service, CustomStringConvertible {
  static let most = 10_000
  /// How long writing the rest may take when the server stops.
  private static let endLimit = Duration.seconds(2)

  let description = "audit log"
  private let logger: Logger
  private let entries: AsyncStream<AuditEntry>
  private let inlet: AsyncStream<AuditEntry>.Continuation
  private let lost = Mutex(0)
  /// When the rest must have been written; nil while the server is running.
  private let end = Mutex<ContinuousClock.Instant?>(nil)

  init(_ logger: Logger) {
    self.logger = logger
    let (entries, inlet) = AsyncStream.makeStream(
      of: AuditEntry.self, bufferingPolicy: .bufferingOldest(Self.most))
    self.entries = entries
    self.inlet = inlet
  }

  func write(_ entry: AuditEntry) {
    if case .dropped = inlet.yield(entry) { lost.withLock { $0 += 1 } }
  }

  func run() async throws {
    let thread = BlockingPool("audit log", threads: 1, maxWaiting: 1, waitLimit: .seconds(60))
    await withGracefulShutdownHandler {
      for await entry in entries {
        let line = Self.line(entry)
        // a reader that has gone stops no server
        try? await thread.run { [self] () throws -> Void in
          if mayWrite() { try Descriptor.write(line, to: Descriptor.output) }
        }
        tellLost()
      }
    } onGracefulShutdown: { [self] in
      end.withLock { $0 = .now + Self.endLimit }
      inlet.finish()
    }
    try await thread.shutDown()
  }

  /// Waits for the reader. Blocks.
  private func mayWrite() -> Bool {
    while !Descriptor.isWritable(Descriptor.output, within: 100) {
      if let end = end.withLock({ $0 }), end < .now { return false }
    }
    return true
  }

  private func tellLost() {
    let count = lost.withLock { lost in
      defer { lost = 0 }
      return lost
    }
    guard count > 0 else { return }
    logger.warning("Standard output is read too slowly; audit entries dropped there: \(count)")
  }

  private static func line(_ entry: AuditEntry) -> [UInt8] {
    var json = JSONWriter()
    json.object(entry.writeFields)
    return json.bytes + [0x0A]
  }
}
