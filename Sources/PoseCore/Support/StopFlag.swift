import Synchronization

/// Tells a computation on another thread to stop. Once raised it stays raised.
public final class StopFlag: Sendable {
  private let raised = Atomic(false)

  public init() {}

  public var isRaised: Bool { raised.load(ordering: .relaxed) }

  public func raise() { raised.store(true, ordering: .relaxed) }

  /// Throws `CancellationError` once the flag is raised.
  public func check() throws {
    if isRaised { throw CancellationError() }
  }
}
