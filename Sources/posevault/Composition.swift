import Crypto
import Decoding
import Foundation
import Imaging
import Landmarker
import PoseCore

/// The only place where parts are chosen and put together; everything else knows them by their ports.
enum Composition {
  /// The decoder for HEIC and AVIF; nil if there is no `posevault-decode`, or none that works here.
  static func decoder() async -> (any PictureDecoder)? {
    guard let program = DecoderProgram.locate(), let kinds = try? await Self.kinds(of: program) else { return nil }
    let decoder = HelperPictures(program, kinds: kinds)
    return decoder.formats.isEmpty ? nil : decoder
  }

  /// Asks the program itself.
  static func kinds(of program: DecoderProgram) async throws -> Set<DecoderProgram.Kind> {
    let thread = BlockingPool("decoders", threads: 1, maxWaiting: 1, waitLimit: .seconds(60))
    do {
      let kinds = try await thread.run { try program.kinds() }
      try await thread.shutDown()
      return kinds
    } catch {
      try? await thread.shutDown()
      throw error
    }
  }

  /// Loads the models while `body` runs.
  ///
  /// Throws `modelUnavailable`, or what `body` throws.
  static func withExtractor(
    _ settings: ExtractionSettings, decoder: (any PictureDecoder)?,
    _ body: (any PoseExtractor) async throws -> Void
  ) async throws {
    let limits = LandmarkerLimits(
      workers: settings.workers, image: imageLimits(settings), maxPixelsInFlight: settings.pixelsInFlight,
      maxWaiting: settings.maxWaiting, waitLimit: settings.waitLimit)
    let models = try ModelFiles.locate(landmarks: settings.model)
    let landmarker = try await PoseLandmarker.load(models, cache: modelCache, limits: limits, decoder: decoder)
    try await closing({ try await landmarker.shutDown() }, after: { try await body(landmarker) })
  }

  /// Where compiled models are cached: systemd's `CacheDirectory`, or the user's cache folder of the XDG Base Directory
  /// Specification; nil if neither is set.
  private static var modelCache: String? {
    let environment = ProcessInfo.processInfo.environment
    let places = [
      environment["CACHE_DIRECTORY"].map { "\($0)/models" },
      environment["XDG_CACHE_HOME"].map { "\($0)/posevault/models" },
      environment["HOME"].map { "\($0)/.cache/posevault/models" },
    ]
    return places.compactMap { $0 }.first { $0.hasPrefix("/") }
  }

  /// The digests of the models in these settings. Blocks; throws `modelUnavailable`.
  static func modelDigests(_ settings: ExtractionSettings) throws -> ModelDigests {
    let models = try ModelFiles.locate(landmarks: settings.model)
    func digest(_ path: String) throws -> String {
      do {
        return Hexadecimal.text(SHA256.hash(data: try Data(contentsOf: URL(filePath: path))))
      } catch {
        throw PoseVaultError(.modelUnavailable, "The model \(path) can't be read.", cause: error)
      }
    }
    return ModelDigests(detector: try digest(models.detector), landmarks: try digest(models.landmarks))
  }

  /// Provides the drawing threads while `body` runs.
  static func withRenderer(
    _ settings: ExtractionSettings, decoder: (any PictureDecoder)?,
    _ body: (any PictureRenderer) async throws -> Void
  ) async throws {
    let renderer = PooledRenderer(imageLimits(settings), decoder: decoder)
    try await closing({ try await renderer.shutDown() }, after: { try await body(renderer) })
  }

  static func imageLimits(_ settings: ExtractionSettings) -> ImageLimits {
    ImageLimits(maxBytes: settings.maxBytes, maxPixels: settings.maxPixels)
  }

  static func pictureCheck(_ storage: Storage) -> PictureCheck {
    PictureCheck(poses: storage.poses, images: storage.images, runs: storage.runs, clock: clock)
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
