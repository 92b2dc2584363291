import Imaging
import PoseCore

/// One worker: everything needed to take a picture from bytes to poses, with no memory of the previous one.
final class PosePipeline: @unchecked Sendable {
  // Guarded by: PoseLandmarker.idle, from which one thread at a time takes it.
  private let detector: PoseDetector
  private let landmarkModel: LandmarkModel
  private let pixels = PixelBuffer()

  /// The pixel memory of larger pictures is returned to the system after each.
  private static let keptPixelBytes = 64 << 20

  private let decoder: (any PictureDecoder)?

  init(detector: CompiledModel, landmarkModel: CompiledModel, decoder: (any PictureDecoder)?) throws {
    self.decoder = decoder
    self.detector = try PoseDetector(detector)
    self.landmarkModel = try LandmarkModel(landmarkModel)
  }

  /// The people in a picture file, best score first; `onDetection` is called before their landmarks are computed. Once
  /// somebody has been detected, `stop` is no longer checked.
  func extract(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, maxPoses: Int, stop: StopFlag,
    onDetection: (PictureHeader) -> Void
  ) throws -> Extraction {
    defer { pixels.trim(to: Self.keptPixelBytes) }
    return try DecodedImage.withDecoded(file, header: header, into: pixels, decoder: decoder, stop: stop) { image in
      let picture = PictureHeader(format: header.format, width: image.width, height: image.height)
      var poses: [Pose] = []
      let detections = try detector.regions(in: image, maxPoses: maxPoses)
      if !detections.isEmpty { onDetection(picture) }
      for (score, region) in detections {
        if let pose = try landmarkModel.pose(in: image, region: region, score: score) { poses.append(pose) }
      }
      return Extraction(picture, poses: poses)
    }
  }
}
