import PoseCore
import Synchronization

/// The threads that wait for mail servers; a transfer whose task is cancelled ends within about a second.
struct MailThreads: Sendable {
  private let pool = BlockingPool("mails", threads: 1, maxWaiting: 100, waitLimit: .seconds(3600))

  func run<Value: Sendable>(
    _ body: @escaping @Sendable (_ isCancelled: @escaping @Sendable () -> Bool) throws -> Value
  ) async throws -> Value {
    let flag = CancellationFlag()
    return try await withTaskCancellationHandler {
      try await pool.run { try body { flag.isSet } }
    } onCancel: {
      flag.set()
    }
  }

  func shutDown() async throws {
    try await pool.shutDown()
  }
}

private final class CancellationFlag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }

  func set() {
    value.store(true, ordering: .relaxed)
  }
}
