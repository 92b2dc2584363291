import Hummingbird
public import Logging
public import PoseCore
public import ServiceLifecycle

/// The HTTP API as a service.
public struct PoseServer: Service {
  let configuration: ServerConfiguration
  let poses: any PoseRepository
  let images: any ImageStore
  let extractor: any PoseExtractor
  let storage: StorageKind
  let clock: @Sendable () -> Int64
  let logger: Logger

  /// - Parameter clock: the time in whole seconds since 1970.
  public init(
    configuration: ServerConfiguration, poses: any PoseRepository, images: any ImageStore,
    extractor: any PoseExtractor, storage: StorageKind, clock: @escaping @Sendable () -> Int64, logger: Logger
  ) {
    self.configuration = configuration
    self.poses = poses
    self.images = images
    self.extractor = extractor
    self.storage = storage
    self.clock = clock
    self.logger = logger
  }

  public func run() async throws {
    try await buildApplication().run()
  }

  func buildApplication() -> some ApplicationProtocol {
    Application(
      router: buildRouter(),
      configuration: ApplicationConfiguration(address: .hostname(configuration.host, port: configuration.port)),
      logger: logger)
  }
}
