import Foundation

/// The rotated square of a picture in which one person's landmarks are looked for, in pixels.
struct Region: Hashable {
  var center: SIMD2<Float>
  var side: Float
  /// Clockwise (y points down), in [−π, π); 0 for an upright person.
  var rotation: Float

  /// How much larger than the circle's square the region is.
  private static let margin: Float = 1.25

  /// The region of a person with the middle of the hips at `hips` and `circle` on the circle around the body.
  ///
  /// Source: MediaPipe's `alignment_points_to_rects_calculator.cc` and `rect_transformation_calculator.cc`.
  init(hips: SIMD2<Float>, circle: SIMD2<Float>) {
    let toCircle = circle - hips
    center = hips
    side = 2 * (toCircle.x * toCircle.x + toCircle.y * toCircle.y).squareRoot() * Self.margin
    let angle = Float.pi / 2 - atan2(-toCircle.y, toCircle.x)
    rotation = angle - 2 * .pi * ((angle + .pi) / (2 * .pi)).rounded(.down)
  }

  /// The position in the picture, in pixels, of the point (x, y) of the region, which is 0…1 in both directions.
  func project(_ x: Float, _ y: Float) -> SIMD2<Float> {
    rotate(x - 0.5, y - 0.5) * side + center
  }

  func rotate(_ x: Float, _ y: Float) -> SIMD2<Float> {
    let c = cos(rotation)
    let s = sin(rotation)
    return SIMD2(c * x - s * y, s * x + c * y)
  }
}
