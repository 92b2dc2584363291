import Foundation
import Imaging

/// Finds people in a whole picture and says where to look for their landmarks.
///
/// Source: MediaPipe's `pose_detector_graph.cc` and `tensors_to_detections_calculator.cc`.
struct PoseDetector {
  /// The input is a square of this many pixels.
  static let inputSide = 224
  private static let minScore: Float = 0.5
  private static let minOverlap: Float = 0.5

  private let request: InferenceRequest
  private let input: UnsafeMutablePointer<Float>
  private let boxes: Tensor
  private let scores: Tensor

  init(_ model: CompiledModel) throws {
    request = try model.makeRequest()
    input = try request.input([1, Self.inputSide, Self.inputSide, 3])
    boxes = try request.output([1, Self.anchors.count, 12])
    scores = try request.output([1, Self.anchors.count, 1])
  }

  /// The regions of at most `maxPoses` people with their scores, best first.
  func regions(in image: borrowing DecodedImage, maxPoses: Int) throws -> [(score: Float, region: Region)] {
    let width = Float(image.width)
    let height = Float(image.height)
    let side = max(width, height)
    let center = SIMD2(0.5 * width, 0.5 * height)
    image.resample(
      Crop(center: center, side: side, rotation: 0), side: Self.inputSide, border: .zero,
      scale: Self.normalization, into: input)
    try request.infer()

    let corner = center - 0.5 * side
    return decode().weightedNonMaximumSuppression(minOverlap: Self.minOverlap).prefix(maxPoses).map {
      ($0.score, Region(hips: $0.hips * side + corner, circle: $0.circle * side + corner))
    }
  }

  private func decode() -> [Detection] {
    Self.anchors.indices.compactMap { index in
      let logit = min(max(scores.values[index], -100), 100)
      let score = 1 / (1 + exp(-logit))
      guard score >= Self.minScore else { return nil }
      let raw = boxes.values + 12 * index
      let anchor = Self.anchors[index]
      func point(_ at: Int) -> SIMD2<Float> { SIMD2(raw[at], raw[at + 1]) / Float(Self.inputSide) + anchor }
      let center = point(0)
      let size = SIMD2(raw[2], raw[3]) / Float(Self.inputSide)
      guard size.x >= 0, size.y >= 0 else { return nil }  // also drops what is not a number
      let low = center - size / 2
      let high = center + size / 2
      return Detection(
        score: score, box: SIMD4(low.x, low.y, high.x, high.y), hips: point(4), circle: point(6))
    }
  }

  /// −1…1 for 0…255, rounded as by a multiplication, as in MediaPipe.
  private static let normalization = (0..<256).map { Float($0) * (2 / 255) - 1 }

  /// The centres of the 2254 squares that boxes are relative to, row by row.
  ///
  /// Strides 8, 16 and three times 32, two anchors for each cell and stride.
  private static let anchors: [SIMD2<Float>] = [(stride: 8, perCell: 2), (16, 2), (32, 6)].flatMap { layer in
    let cells = inputSide / layer.stride
    return (0..<cells * cells * layer.perCell).map { index in
      let cell = index / layer.perCell
      return SIMD2(Float(cell % cells) + 0.5, Float(cell / cells) + 0.5) / Float(cells)
    }
  }
}
