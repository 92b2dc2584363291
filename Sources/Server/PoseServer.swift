#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
public import Access
import Hummingbird
import HummingbirdCore
public import Logging
public import NIOCore
public import PoseCore
public import ServiceLifecycle

/// The HTTP API as a service.
///
/// At a graceful shutdown it accepts no new connections, closes idle ones at once and the others after their response;
/// whatever is still in progress after ``ServerConfiguration/shutdownGrace`` is aborted.
public struct PoseServer: Service, CustomStringConvertible {
  /// Without its properties: `ServiceGroup` writes its services to the log, and here that would include the API key.
  public let description = "server"

  let configuration: ServerConfiguration
  let poses: any PoseRepository
  /// As clients see it: without what is in the trash.
  let images: any ImageStore
  /// The store itself.
  let storedImages: any ImageStore
  let extractor: any PoseExtractor
  let renderer: any PictureRenderer
  let backups: any BackupOperator
  let trash: any TrashStore
  let eraser: any PictureEraser
  let keys: any UploadKeys
  let access: any AccessKeys
  let audit: any AuditTrail
  /// Records who did what; its ``AuditRecorder/work(isLast:)`` has to be called.
  public let recorder: AuditRecorder
  /// Who may get in; shared with the code that stores when keys were used.
  public let ring: KeyRing
  let stores: HealthKeys
  let restoreMark: @Sendable () async throws -> RestoreMark?
  let storageTrouble: @Sendable () async -> PoseVaultError?
  let metrics: PrometheusMetrics
  let clock: @Sendable () -> Int64
  let logger: Logger
  let onListening: @Sendable (SocketAddress?) async -> Void
  /// For lines that clients can cause as often as they like.
  let log: RepeatedLog
  let connections: ConnectionTable

  /// - Parameters:
  ///   - images: as clients see them; `storedImages` is the store itself, in which pictures in the trash are visible,
  ///     too.
  ///   - restoreMark: returns ``RunStore/restoreMark()``.
  ///   - storageTrouble: why the storage can't be used yet; nil once it is open.
  ///   - onEntry: called with each entry of the audit trail that this server makes.
  ///   - metrics: the one passed to `MetricsSystem`, so that it includes all parts' metrics.
  ///   - clock: the time in whole seconds since 1970.
  ///   - onListening: called with the address once requests are accepted.
  public init(
    configuration: ServerConfiguration, poses: any PoseRepository, images: any ImageStore,
    storedImages: any ImageStore, extractor: any PoseExtractor, renderer: any PictureRenderer,
    backups: any BackupOperator,
    trash: any TrashStore, eraser: any PictureEraser, keys: any UploadKeys, access: any AccessKeys,
    audit: any AuditTrail,
    onEntry: @escaping @Sendable (AuditEntry) -> Void = { _ in }, stores: HealthKeys,
    restoreMark: @escaping @Sendable () async throws -> RestoreMark? = { nil },
    storageTrouble: @escaping @Sendable () async -> PoseVaultError? = { nil },
    metrics: PrometheusMetrics, clock: @escaping @Sendable () -> Int64, logger: Logger,
    onListening: @escaping @Sendable (SocketAddress?) async -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.poses = poses
    self.images = images
    self.storedImages = storedImages
    self.extractor = extractor
    self.renderer = renderer
    self.backups = backups
    self.trash = trash
    self.eraser = eraser
    self.keys = keys
    self.access = access
    ring = KeyRing(configuration.keyRules, access)
    self.audit = audit
    recorder = AuditRecorder(server: configuration.name, audit, clock: clock, onEntry: onEntry)
    self.stores = stores
    self.restoreMark = restoreMark
    self.storageTrouble = storageTrouble
    self.metrics = metrics
    self.clock = clock
    self.logger = logger
    self.onListening = onListening
    log = RepeatedLog(logger)
    connections = ConnectionTable(configuration, log: log)
  }

  /// Serves until the surrounding `ServiceGroup` shuts down.
  ///
  /// Throws ``PoseVaultError`` with `configuration` if the address can't be listened on.
  public func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await serve() }
      group.addTask {
        try? await gracefulShutdown()
        try await Task.sleep(for: configuration.shutdownGrace)
        logger.warning("Aborting requests still in progress after the grace period")
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func serve() async throws {
    let limit = DescriptorLimit.raise()
    if let notice = DescriptorLimit.notice(limit: limit, maxConnections: configuration.maxConnections) {
      logger.warning("\(notice)")
    }
    do {
      try await buildApplication().run()
    } catch let error as IOError {
      let place = "\(configuration.host):\(configuration.port)"
      switch error.errnoCode {
      case EADDRINUSE:
        throw PoseVaultError(.configuration, "Another program listens on \(place) already. Set PORT.", cause: error)
      case EACCES:
        throw PoseVaultError(
          .configuration, "Listening on \(place) is not permitted. Set PORT to 1024 or more.", cause: error)
      case EADDRNOTAVAIL:
        throw PoseVaultError(
          .configuration, "This machine has no address \(configuration.host). Set HOST.", cause: error)
      default: throw error
      }
    } catch let error as SocketAddressError.UnknownHost {
      throw PoseVaultError(
        .configuration, "The host \(configuration.host) to listen on is unknown. Set HOST.", cause: error)
    }
  }

  func buildApplication() -> some ApplicationProtocol {
    Application(
      router: buildRouter(),
      server: HTTPServerBuilder { [configuration, connections] responder in
        LimitedHTTPChannel(
          responder: responder, limits: ConnectionPace.Limits(configuration), connections: connections,
          basePath: PublicAddress(configuration.publicURL).path)
      },
      configuration: ApplicationConfiguration(address: .hostname(configuration.host, port: configuration.port)),
      onServerRunning: { [connections, log] channel in
        try? await channel.eventLoop.submit {
          try channel.pipeline.syncOperations.addHandler(AcceptPause(connections, log: log), position: .first)
        }.get()
        await onListening(channel.localAddress)
      },
      logger: logger)
  }
}
