import ServiceLifecycle

/// What needs the storage, started once it is open and has been checked.
struct AfterOpening: Service, CustomStringConvertible {
  let opening: StorageOpening
  let services: [any Service]
  /// Done before anything else.
  let look: @Sendable () async -> Void
  let onOpen: @Sendable () async -> Void

  var description: String { services.map { "\($0)" }.joined(separator: ", ") }

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown { try await opening.finish() }
    } catch is CancellationError {
      return
    }
    await look()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await onOpen() }
      for service in services { group.addTask { try await service.run() } }
      try await group.waitForAll()
    }
  }
}
