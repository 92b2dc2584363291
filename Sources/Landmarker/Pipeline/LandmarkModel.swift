import Foundation
import Imaging
import PoseCore

/// Finds one person's landmarks in a region of a picture.
///
/// Source: MediaPipe's `pose_landmarks_detector_graph.cc`, `tensors_to_landmarks_calculator.cc`,
/// `refine_landmarks_from_heatmap_calculator.cc` and `landmark_projection_calculator.cc`.
struct LandmarkModel {
  /// The input is a square of this many pixels.
  static let inputSide = 256
  /// The output that is not computed: which pixels are the person.
  static let segmentationShape = [1, 256, 256, 1]

  /// The 33 landmarks and six more, two of which would be the next frame's region in video.
  private static let pointCount = 39
  private static let heatmapSide = 64
  private static let minPresence: Float = 0.5
  /// The heatmap is searched this many cells around a landmark, and used from this confidence on.
  private static let heatmapReach = 3
  private static let minHeatmapConfidence: Float = 0.5

  private let request: InferenceRequest
  private let input: UnsafeMutablePointer<Float>
  private let points: Tensor
  private let presence: Tensor
  private let heatmap: Tensor
  private let worldPoints: Tensor

  init(_ model: CompiledModel) throws {
    request = try model.makeRequest()
    input = try request.input([1, Self.inputSide, Self.inputSide, 3])
    points = try request.output([1, 5 * Self.pointCount])
    presence = try request.output([1, 1])
    heatmap = try request.output([1, Self.heatmapSide, Self.heatmapSide, Self.pointCount])
    worldPoints = try request.output([1, 3 * Self.pointCount])
  }

  /// The person in `region`, or nil if there is none.
  func pose(in image: borrowing DecodedImage, region: Region, score: Float) throws -> Pose? {
    image.resample(
      Crop(center: region.center, side: region.side, rotation: region.rotation), side: Self.inputSide,
      border: .replicated, scale: Self.normalization, into: input)
    try request.infer()
    guard presence.values[0] >= Self.minPresence else { return nil }

    let pictureSize = SIMD2(Float(image.width), Float(image.height))
    var keypoints: [Keypoint] = []
    var worldKeypoints: [Keypoint] = []
    for index in 0..<Landmark.count {
      let point = points.values + 5 * index
      let (x, y) = refined(index, x: point[0] / Float(Self.inputSide), y: point[1] / Float(Self.inputSide))
      let position = region.project(x, y) / pictureSize
      let visibility = sigmoid(point[3])
      let presence = sigmoid(point[4])
      keypoints.append(
        Keypoint(
          x: position.x, y: position.y, z: point[2] / Float(Self.inputSide) * region.side / pictureSize.x,
          visibility: visibility, presence: presence))

      let world = worldPoints.values + 3 * index
      let turned = region.rotate(world[0], world[1])
      worldKeypoints.append(
        Keypoint(x: turned.x, y: turned.y, z: world[2], visibility: visibility, presence: presence))
    }
    return Pose(score: score, keypoints: keypoints, worldKeypoints: worldKeypoints)
  }

  /// The landmark's position in the region (0…1), moved to the heatmap's centre of mass near it.
  private func refined(_ index: Int, x: Float, y: Float) -> (Float, Float) {
    let side = Self.heatmapSide
    guard abs(x) < 2, abs(y) < 2 else { return (x, y) }
    let column = Int(x * Float(side))
    let row = Int(y * Float(side))
    guard 0..<side ~= column, 0..<side ~= row else { return (x, y) }

    var sum = Float(0)
    var sumX = Float(0)
    var sumY = Float(0)
    var best = Float(0)
    for row in max(0, row - Self.heatmapReach)...min(side - 1, row + Self.heatmapReach) {
      for column in max(0, column - Self.heatmapReach)...min(side - 1, column + Self.heatmapReach) {
        let confidence = sigmoid(heatmap.values[(row * side + column) * Self.pointCount + index])
        sum += confidence
        best = max(best, confidence)
        sumX += Float(column) * confidence
        sumY += Float(row) * confidence
      }
    }
    guard best >= Self.minHeatmapConfidence, sum > 0 else { return (x, y) }
    return (sumX / Float(side) / sum, sumY / Float(side) / sum)
  }

  private func sigmoid(_ value: Float) -> Float {
    1 / (1 + exp(-value))
  }

  /// 0…1 for 0…255, rounded as by a multiplication, as in MediaPipe.
  private static let normalization = (0..<256).map { Float($0) * (1 / 255) }
}
