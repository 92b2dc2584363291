import Foundation
public import Imaging
public import NIOCore
public import PoseCore
import Synchronization

/// How many pictures are worked on at once, and how many may wait.
public struct LandmarkerLimits: Sendable, Hashable {
  /// Inferences at once, each on one thread.
  public var workers: Int
  public var image: ImageLimits
  /// Pixels of all pictures that are being worked on; a single picture may always have `image.maxPixels`.
  public var maxPixelsInFlight: Int
  /// Pictures that wait for a worker, and how long one does.
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

/// MediaPipe Pose on OpenVINO: the ``PoseExtractor`` that the product runs.
///
/// A picture's result depends on nothing but the picture.
public final class PoseLandmarker: PoseExtractor {
  private let limits: LandmarkerLimits
  /// A place for each worker; who waits for one is the queue.
  private let places: Budget
  private let pixels: Budget
  private let threads: BlockingPool
  /// As many as there are threads, so one that runs always finds one.
  private let idle: Mutex<[PosePipeline]>

  /// Reads and compiles the models, which takes about half a second; OpenVINO's cache folder would not shorten it.
  ///
  /// Throws `modelUnavailable`.
  public static func load(
    _ models: ModelFiles, limits: LandmarkerLimits = LandmarkerLimits()
  ) async throws -> PoseLandmarker {
    let threads = BlockingPool(
      "pictures", threads: limits.workers, maxWaiting: limits.workers, waitLimit: limits.waitLimit)
    do {
      let pipelines = try await threads.run {
        try makePipelines(models, count: limits.workers)
      }
      return PoseLandmarker(limits: limits, threads: threads, pipelines: pipelines)
    } catch {
      try await threads.shutDown()
      throw error
    }
  }

  private init(limits: LandmarkerLimits, threads: BlockingPool, pipelines: [PosePipeline]) {
    self.limits = limits
    self.threads = threads
    places = Budget(
      "pictures", capacity: limits.workers, maxWaiting: limits.maxWaiting, waitLimit: limits.waitLimit)
    pixels = Budget(
      "pixels", capacity: limits.maxPixelsInFlight, maxWaiting: limits.workers, waitLimit: limits.waitLimit)
    idle = Mutex(pipelines)
  }

  public func extract(_ image: ByteBuffer, maxPoses: Int) async throws -> Extraction {
    try await places.withUnits(1) {
      let header = try await threads.run { [limits] in
        try image.withUnsafeReadableBytes { try ImageHeader(of: $0, limits: limits.image) }
      }
      let poses = try await pixels.withUnits(header.pixels) {
        try await threads.run { try self.poses(in: image, header: header, maxPoses: maxPoses) }
      }
      return Extraction(format: header.format, width: header.width, height: header.height, poses: poses)
    }
  }

  /// Ends the workers after the pictures under way.
  public func shutDown() async throws {
    try await threads.shutDown()
  }

  private func poses(in image: ByteBuffer, header: ImageHeader, maxPoses: Int) throws -> [Pose] {
    guard let pipeline = idle.withLock({ $0.popLast() }) else {
      throw PoseVaultError(.internal, "There are more threads than workers.")
    }
    defer { idle.withLock { $0.append(pipeline) } }
    return try image.withUnsafeReadableBytes {
      try pipeline.poses(in: $0, header: header, maxPoses: maxPoses)
    }
  }

  private static func makePipelines(
    _ models: ModelFiles, count: Int
  ) throws -> [PosePipeline] {
    let runtime = try InferenceRuntime()
    let detector = try runtime.compile(modelAt: models.detector, streams: count)

    // OpenVINO reads TFLite from files only, so the one without segmentation has to be one for a moment
    var model: TFLiteModel
    do {
      model = try TFLiteModel([UInt8](Data(contentsOf: URL(filePath: models.landmarks))))
      try model.removeOutputs(ofShape: LandmarkModel.segmentationShape)
    } catch {
      let reason = (error as? PoseVaultError)?.message ?? "it is no readable file."
      throw PoseVaultError(.modelUnavailable, "The model \(models.landmarks) can't be used: \(reason)", cause: error)
    }
    let file = FileManager.default.temporaryDirectory.appending(path: "posevault-\(UUID().uuidString).tflite")
    defer { try? FileManager.default.removeItem(at: file) }
    do {
      try Data(model.bytes).write(to: file)
    } catch {
      let folder = file.deletingLastPathComponent().path
      throw PoseVaultError(
        .modelUnavailable, "The landmark model can't be prepared in \(folder): is that a folder with room?",
        cause: error)
    }
    let landmarkModel = try runtime.compile(modelAt: file.path, streams: count)

    return try (0..<count).map { _ in try PosePipeline(detector: detector, landmarkModel: landmarkModel) }
  }
}
