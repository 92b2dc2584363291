import Logging
import PoseCore

/// Opens the storage of a server that is already responding: a database that is down, refuses the user, or has tables
/// that can't be upgraded stops no server. It is retried until it works.
actor StorageOpening {
  /// Why the storage can't be used yet; nil once it is open.
  private(set) var trouble: PoseVaultError? = PoseVaultError(.storageUnavailable, "The storage is not open yet.")
  private let upgrade: @Sendable () async throws -> Void
  private let logger: Logger
  private let pause: Duration
  private var toldAt: ContinuousClock.Instant?

  /// - Parameter upgrade: what must have been done once before anything else is requested from the storage.
  init(_ upgrade: @escaping @Sendable () async throws -> Void, logger: Logger, pause: Duration = .seconds(2)) {
    self.upgrade = upgrade
    self.logger = logger
    self.pause = pause
  }

  /// Tries once.
  ///
  /// Throws failures that waiting doesn't fix, such as `configuration`.
  func attempt() async throws {
    do {
      try await upgrade()
      trouble = nil
    } catch let error as PoseVaultError where error.code == .storageUnavailable {
      trouble = error
      tell(error)
    }
  }

  /// Returns once the storage is open.
  func finish() async throws {
    while trouble != nil {
      try await Task.sleep(for: pause)
      try await attempt()
    }
  }

  /// Immediately, and then once a minute.
  private func tell(_ error: PoseVaultError) {
    if let toldAt, .now - toldAt < .seconds(60) { return }
    toldAt = .now
    logger.report(error, "\(error.message) Trying again …", level: .warning)
  }
}
