import Imaging
import PoseCore

/// One worker: everything that a picture's way from bytes to poses needs, with no memory of the one before.
final class PosePipeline: @unchecked Sendable {
  // Guarded by: PoseLandmarker.idle, from which one thread at a time takes it.
  private let detector: PoseDetector
  private let landmarkModel: LandmarkModel
  private let pixels = PixelBuffer()

  /// Pixels of larger pictures are given back to the system after each.
  private static let keptPixelBytes = 64 << 20

  init(detector: CompiledModel, landmarkModel: CompiledModel) throws {
    self.detector = try PoseDetector(detector)
    self.landmarkModel = try LandmarkModel(landmarkModel)
  }

  /// The people in a picture file, best score first; `onDetection` is called before their landmarks are looked for. Once
  /// somebody was detected, `stop` is no longer looked at.
  func poses(
    in file: UnsafeRawBufferPointer, header: ImageHeader, maxPoses: Int, stop: StopFlag, onDetection: () -> Void
  ) throws -> [Pose] {
    defer { pixels.trim(to: Self.keptPixelBytes) }
    return try DecodedImage.withDecoded(file, header: header, into: pixels, stop: stop) { image in
      var poses: [Pose] = []
      let detections = try detector.regions(in: image, maxPoses: maxPoses)
      if !detections.isEmpty { onDetection() }
      for (score, region) in detections {
        if let pose = try landmarkModel.pose(in: image, region: region, score: score) { poses.append(pose) }
      }
      return poses
    }
  }
}
