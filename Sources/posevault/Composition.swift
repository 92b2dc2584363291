import EmbeddedStorage
import Foundation
import Imaging
import Landmarker
import Logging
import NIOCore
import PoseCore
import Server
import ServiceLifecycle

/// The one place where parts are chosen and put together; everything else knows them by their ports.
enum Composition {
  /// Where poses and pictures are kept.
  struct Storage: Sendable {
    let kind: StorageKind
    let poses: any PoseRepository
    let images: any ImageStore
    /// nil where pictures are no files of ours.
    let files: (any StrayFiles)?
    /// What is wrong in the database's own file; nil where a database server looks after that.
    let damage: (@Sendable () async throws -> [String])?
  }

  /// Opens the storage for as long as `body` runs; `forServer` for the one server that embedded storage may have.
  ///
  /// Throws `configuration` for a storage that this version doesn't have, `storageUnavailable`, or what `body` throws.
  static func withStorage(
    _ storage: Settings.Storage, forServer: Bool = false, _ body: (Storage) async throws -> Void
  ) async throws {
    switch storage {
    case .embedded(let directory):
      let opened = try await EmbeddedStorage.open(directory, role: forServer ? .server : .command)
      try await closing(
        { try await opened.close() },
        after: {
          let images = opened.images
          try await body(
            Storage(kind: .embedded, poses: opened.poses, images: images, files: images, damage: opened.damage))
        })
    case .mysqlAndMongoDB:
      throw PoseVaultError(
        .configuration,
        "The settings name MySQL and MongoDB, but this version has embedded storage only: unset MYSQL_* and "
          + "MONGODB_URI to keep poses and pictures in DATA_DIR, or stay with the version that you have.")
    }
  }

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
    _ settings: Settings, _ storage: Storage, _ extractor: any PoseExtractor, _ renderer: any PictureRenderer,
    _ logger: Logger,
    onListening: @escaping @Sendable (_ port: Int) -> Void
  ) -> some Service {
    var configuration = settings.server
    configuration.apiKey = settings.apiKey?.revealed
    return PoseServer(
      configuration: configuration, poses: storage.poses, images: storage.images, extractor: extractor,
      renderer: renderer, storage: storage.kind, clock: { Int64(Date().timeIntervalSince1970) }, logger: logger,
      onListening: { onListening($0?.port ?? settings.server.port) })
  }

  private static func closing(
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

extension FileImageStore: StrayFiles {}
