import Foundation
public import Imaging
public import NIOCore
public import PoseCore
import Synchronization

/// How many pictures are processed at once, and how many may wait.
public struct LandmarkerLimits: Sendable, Hashable {
  /// Inferences at once, each on one thread.
  public var workers: Int
  public var image: ImageLimits
  /// Pixels of all pictures being processed, each by its ``ImageHeader/weight``; a single picture may always have
  /// `image.maxPixels`.
  public var maxPixelsInFlight: Int
  /// How many pictures may wait for a worker, and for how long.
  public var maxWaiting: Int
  public var waitLimit: Duration

  public init(
    workers: Int = NIOCore.System.coreCount, image: ImageLimits = ImageLimits(),
    maxPixelsInFlight: Int = 100_000_000, maxWaiting: Int = 64, waitLimit: Duration = .seconds(30)
  ) {
    self.workers = workers
    self.image = image
    self.maxPixelsInFlight = maxPixelsInFlight
    self.maxWaiting = maxWaiting
    self.waitLimit = waitLimit
  }
}

/// MediaPipe Pose on OpenVINO: the ``PoseExtractor`` used in production.
///
/// A picture's result depends on nothing but the picture.
public final class PoseLandmarker: PoseExtractor, PoolUser {
  private let limits: LandmarkerLimits
  /// Two for each worker, one in progress and one ready; the queue consists of those waiting for one.
  private let places: Budget
  private let headers: BlockingPool
  /// For headers that are read by a separate process: nobody with an ordinary picture waits for it.
  private let codedHeaders: BlockingPool
  private let decoder: (any PictureDecoder)?
  private let pixels: Budget
  private let threads: BlockingPool
  /// As many as there are threads, so a running one always finds one.
  private let idle: Mutex<[PosePipeline]>

  /// Reads and compiles the models, which takes about half a second, or a tenth of that if `cache`, a folder belonging
  /// to this user, has them compiled. It is created and filled if possible.
  ///
  /// Throws `modelUnavailable`.
  ///
  /// - Parameter decoder: decodes formats that this process doesn't; without it, they are refused.
  public static func load(
    _ models: ModelFiles, cache: String? = nil, limits: LandmarkerLimits = LandmarkerLimits(),
    decoder: (any PictureDecoder)? = nil
  ) async throws -> PoseLandmarker {
    let threads = BlockingPool(
      "pictures", threads: limits.workers, ahead: limits.workers, maxWaiting: limits.workers,
      waitLimit: limits.waitLimit)
    do {
      let pipelines = try await makePipelines(
        models, cache: cache.map(ModelCache.init), count: limits.workers, decoder: decoder, on: threads)
      return PoseLandmarker(limits: limits, decoder: decoder, threads: threads, pipelines: pipelines)
    } catch {
      try await threads.shutDown()
      throw error
    }
  }

  private init(
    limits: LandmarkerLimits, decoder: (any PictureDecoder)?, threads: BlockingPool, pipelines: [PosePipeline]
  ) {
    self.limits = limits
    self.decoder = decoder
    self.threads = threads
    places = Budget(
      "pictures", capacity: 2 * limits.workers, maxWaiting: limits.maxWaiting, waitLimit: limits.waitLimit)
    headers = BlockingPool(
      "pictures", threads: 1, maxWaiting: 2 * limits.workers, waitLimit: limits.waitLimit)
    codedHeaders = BlockingPool(
      "pictures", threads: 2, maxWaiting: 2 * limits.workers, waitLimit: limits.waitLimit)
    pixels = Budget(
      "pixels", capacity: limits.maxPixelsInFlight, maxWaiting: 2 * limits.workers, waitLimit: limits.waitLimit)
    idle = Mutex(pipelines)
  }

  public func extract(
    _ image: ByteBuffer, maxPoses: Int, onDetection: @escaping @Sendable (PictureHeader) -> Void
  ) async throws -> Extraction {
    let start = ContinuousClock.now
    return try await places.withUnits(1) {
      let header = try await header(of: image)
      return try await pixels.withUnits(header.weight) {
        try await threads.run { stop in
          let begun = ContinuousClock.now
          LandmarkerMetrics.queued(begun - start)
          defer { LandmarkerMetrics.worked(ContinuousClock.now - begun) }
          return try self.extract(image, header: header, maxPoses: maxPoses, stop: stop, onDetection: onDetection)
        }
      }
    }
  }

  private func header(of image: ByteBuffer) async throws -> ImageHeader {
    let isCoded = ImageFormat(startingWith: image.readableBytesView)?.isBuiltIn == false
    return try await (isCoded ? codedHeaders : headers).run { [limits, decoder] stop in
      try image.withUnsafeReadableBytes {
        try ImageHeader(of: $0, limits: limits.image, decoder: decoder, stop: stop)
      }
    }
  }

  public var pools: [PoolLoad] {
    [
      places.load(named: "extraction_places"), threads.load(named: "inference"),
      pixels.load(named: "extraction_pixels"),
    ]
  }

  /// Ends the workers after the pictures in progress.
  public func shutDown() async throws {
    try await headers.shutDown()
    try await codedHeaders.shutDown()
    try await threads.shutDown()
  }

  private func extract(
    _ image: ByteBuffer, header: ImageHeader, maxPoses: Int, stop: StopFlag, onDetection: (PictureHeader) -> Void
  ) throws -> Extraction {
    guard let pipeline = idle.withLock({ $0.popLast() }) else {
      throw PoseVaultError(.internal, "There are more threads than workers.")
    }
    defer { idle.withLock { $0.append(pipeline) } }
    return try image.withUnsafeReadableBytes {
      try pipeline.extract($0, header: header, maxPoses: maxPoses, stop: stop, onDetection: onDetection)
    }
  }

  /// Each worker has its own compiled models. Requests of one compiled model can meet at the same stream and wait for
  /// each other: two workers made 124 pictures a second that way, and 145 with their own.
  private static func makePipelines(
    _ models: ModelFiles, cache: ModelCache?, count: Int, decoder: (any PictureDecoder)?, on threads: BlockingPool
  ) async throws -> [PosePipeline] {
    let runtime = try await threads.run { try InferenceRuntime() }
    async let detectorModel = threads.run {
      try PreparedModel(models.detector, bytes: modelBytes(models.detector), runtime: runtime, cache: cache)
    }
    async let landmarkModel = threads.run {
      try PreparedModel(models.landmarks, bytes: withoutSegmentation(models.landmarks), runtime: runtime, cache: cache)
    }
    let (detector, landmarks) = try await (detectorModel, landmarkModel)
    let first = try PosePipeline(detector: detector.model, landmarkModel: landmarks.model, decoder: decoder)
    return try await withThrowingTaskGroup(of: PosePipeline.self) { group in
      for _ in 1..<count {
        group.addTask {
          try await threads.run {
            try PosePipeline(
              detector: runtime.load(detector.exported), landmarkModel: runtime.load(landmarks.exported),
              decoder: decoder)
          }
        }
      }
      return try await group.reduce(into: [first]) { $0.append($1) }
    }
  }

  private static func modelBytes(_ path: String) throws -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw PoseVaultError(
        .modelUnavailable,
        "The model \(path) can't be used: it is not a readable "
          + "file.", cause: error)
    }
  }

  /// The landmark model without its segmentation output, which nobody uses and which takes time.
  private static func withoutSegmentation(_ path: String) throws -> [UInt8] {
    do {
      var model = try TFLiteModel(modelBytes(path))
      try model.removeOutputs(ofShape: LandmarkModel.segmentationShape)
      return model.bytes
    } catch let error as PoseVaultError where error.cause == nil {
      throw PoseVaultError(.modelUnavailable, "The model \(path) can't be used: \(error.message)", cause: error)
    }
  }
}

/// A compiled model, and what further ones like it are made from.
private struct PreparedModel: Sendable {
  let model: CompiledModel
  let exported: ExportedModel

  /// The model in the file `path`, whose content is `bytes` or more.
  ///
  /// Throws `modelUnavailable`.
  init(_ path: String, bytes: [UInt8], runtime: InferenceRuntime, cache: ModelCache?) throws {
    let key = ModelCache.key(model: bytes, compiler: InferenceRuntime.compiler)
    if let kept = cache?.model(for: key), let model = try? runtime.load(kept) {
      self.model = model
      exported = kept
      return
    }
    model = try Self.compile(path, bytes: bytes, runtime: runtime)
    exported = try model.exported()
    cache?.keep(exported, for: key)
  }

  /// Through a file, since OpenVINO reads TFLite from files only.
  private static func compile(_ path: String, bytes: [UInt8], runtime: InferenceRuntime) throws -> CompiledModel {
    let file = FileManager.default.temporaryDirectory.appending(path: "posevault-\(UUID().uuidString).tflite")
    defer { try? FileManager.default.removeItem(at: file) }
    do {
      try Data(bytes).write(to: file)
    } catch {
      throw PoseVaultError(
        .modelUnavailable,
        "The models can't be prepared in \(file.deletingLastPathComponent().path): is it a folder with free space?",
        cause: error)
    }
    return try runtime.compile(modelAt: file.path, named: path)
  }
}
