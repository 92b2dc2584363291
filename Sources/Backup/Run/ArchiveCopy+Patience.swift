import PoseCore
import Synchronization

extension ArchiveCopy {
  /// Copies on a thread of its own, and gives up where nothing was done for as long as `patience`.
  ///
  /// A folder on a network may hang for ever. The call that hangs stays behind, and ends the copy if it ever returns.
  static func copy(
    _ archive: BackupArchive, into path: String, patience: Duration, report: @escaping @Sendable (Double) -> Void
  ) async throws {
    let files = BlockingPool("the copy", threads: 1, maxWaiting: 10, waitLimit: patience)
    let deadline = CopyDeadline(patience)
    let (end, ending) = AsyncThrowingStream.makeStream(of: Void.self, throwing: (any Error).self)
    let work = Task {
      do {
        try await ArchiveCopy(files: files).copy(archive, into: path) {
          deadline.putOff()
          report($0)
        }
        ending.finish()
      } catch {
        ending.finish(throwing: error)
      }
      try? await files.shutDown()
    }
    let watch = Task {
      try await deadline.pass()
      ending.finish(
        throwing: work.isCancelled
          ? CancellationError()
          : PoseVaultError(.fileSystem, "\(path) did not answer for too long, and the copy was given up."))
      work.cancel()
    }
    defer { watch.cancel() }
    try await withTaskCancellationHandler {
      // in a task of its own: one that is called off tidies up first
      try await Task { for try await _ in end {} }.value
    } onCancel: {
      work.cancel()
      deadline.hurry()
    }
  }
}

/// Until when something must have been done for a copy to go on; the machine's sleep does not count.
private final class CopyDeadline: Sendable {
  private let patience: Duration
  private let moment: Mutex<SuspendingClock.Instant>
  private static let partingPatience = Duration.seconds(5)

  init(_ patience: Duration) {
    self.patience = patience
    moment = Mutex(.now + patience)
  }

  func putOff() {
    moment.withLock { $0 = .now + patience }
  }

  /// The program was told to end.
  func hurry() {
    moment.withLock { $0 = min($0, .now + Self.partingPatience) }
  }

  /// Returns once it has passed.
  func pass() async throws {
    while case let rest = SuspendingClock.now.duration(to: moment.withLock { $0 }), rest > .zero {
      try await Task.sleep(for: min(rest, Duration.seconds(1)), clock: .suspending)
    }
  }
}
