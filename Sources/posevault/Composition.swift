import Foundation
import Imaging
import Landmarker
import Logging
import Mail
import Metrics
import NIOCore
import PoseCore
import Server
import ServiceLifecycle

/// The one place where parts are chosen and put together; everything else knows them by their ports.
enum Composition {
  /// Loads the models for as long as `body` runs.
  ///
  /// Throws `modelUnavailable`, or what `body` throws.
  static func withExtractor(
    _ settings: ExtractionSettings, _ body: (any PoseExtractor) async throws -> Void
  ) async throws {
    let limits = LandmarkerLimits(
      workers: settings.workers, image: imageLimits(settings), maxPixelsInFlight: settings.pixelsInFlight,
      maxWaiting: settings.maxWaiting, waitLimit: settings.waitLimit)
    let models = try ModelFiles.locate(landmarks: settings.model)
    let landmarker = try await PoseLandmarker.load(models, limits: limits)
    try await closing({ try await landmarker.shutDown() }, after: { try await body(landmarker) })
  }

  /// Makes the threads that draw for as long as `body` runs.
  static func withRenderer(
    _ settings: ExtractionSettings, _ body: (any PictureRenderer) async throws -> Void
  ) async throws {
    let renderer = PooledRenderer(imageLimits(settings))
    try await closing({ try await renderer.shutDown() }, after: { try await body(renderer) })
  }

  static func imageLimits(_ settings: ExtractionSettings) -> ImageLimits {
    ImageLimits(maxBytes: settings.maxBytes, maxPixels: settings.maxPixels)
  }

  static func server(
    _ settings: Settings, _ storage: Storage, _ opening: StorageOpening, _ extractor: any PoseExtractor,
    _ renderer: any PictureRenderer, _ backups: any BackupOperator, _ logger: Logger,
    onListening: @escaping @Sendable (_ port: Int) async -> Void
  ) -> some Service {
    let metrics = PrometheusMetrics()
    MetricsSystem.bootstrap(metrics)
    var configuration = settings.server
    configuration.apiKey = settings.apiKey?.revealed
    configuration.version = programVersion
    configuration.warnings = settings.exposures
    configuration.dataFolder = settings.stores.pictures.folder ?? settings.stores.poses.folder
    configuration.backupFolder = settings.backup.folder
    configuration.backupTimeZone = settings.backup.zone.identifier
    configuration.isMailConfigured = settings.mail != nil
    return PoseServer(
      configuration: configuration, poses: storage.poses,
      images: VisibleImages(images: storage.images, trash: storage.trash), extractor: extractor,
      renderer: renderer, backups: backups, trash: storage.trash, keys: storage.uploads,
      stores: HealthKeys(
        poses: type(of: settings.stores.poses).healthKey, pictures: type(of: settings.stores.pictures).healthKey),
      restoreMark: storage.runs.restoreMark, storageTrouble: { await opening.trouble },
      metrics: metrics, clock: clock, logger: logger,
      onListening: { await onListening($0?.port ?? settings.server.port) })
  }

  static func pictureCheck(_ storage: Storage) -> PictureCheck {
    PictureCheck(poses: storage.poses, images: storage.images, runs: storage.runs, clock: clock)
  }

  static func sweep(_ settings: Settings, _ storage: Storage, _ backups: Backups, _ logger: Logger) -> some Service {
    let sweep = OrphanSweep(
      check: pictureCheck(storage), trash: storage.trash, pair: storePair(settings, storage), archives: backups.runner,
      rest: Int64(settings.backup.trashDays) * 86_400, logger: logger)
    return HourlyWork(
      description: "sweep", failure: "Pictures without a pose were not looked for", logger: logger, work: sweep.sweep)
  }

  static func keyExpiry(_ storage: Storage, _ logger: Logger) -> some Service {
    HourlyWork(description: "keys", failure: "Expired keys of uploads were not removed", logger: logger) {
      try await storage.uploads.removeExpired(at: clock())
    }
  }

  static func storeWatch(
    _ settings: Settings, _ storage: Storage, _ opening: StorageOpening, _ backups: Backups, _ logger: Logger
  ) throws -> some Service {
    var tell: StoreWatch.Tell?
    if let mailer = try mailer(settings, backups) {
      let place = noticePlace(settings)
      tell = { lines in
        let notice = BackupNotice(.unreachable(lines: lines), date: clock(), host: Machine.name, of: place)
        guard case .failed(let failure)? = try? await mailer.sendNow(notice) else { return nil }
        return failure.message
      }
    }
    return StoreWatch(look: StoreWatch.look(opening, storage), tell: tell, logger: logger)
  }

  /// The time in whole seconds since 1970.
  @Sendable static func clock() -> Int64 { Int64(Date().timeIntervalSince1970) }

  static func closing(
    _ close: () async throws -> Void, after body: () async throws -> Void
  ) async throws {
    do {
      try await body()
    } catch {
      try? await close()
      throw error
    }
    try await close()
  }
}
