import Foundation

/// A square of a picture, rotated by any angle, that is resampled to a square of a different size.
///
/// The corners are single precision because OpenCV's `boxPoints` returns them so; everything computed from them is
/// double.
public struct Crop: Sendable, Hashable {
  /// What is outside the picture.
  public enum Border: Sendable, Hashable {
    case zero
    /// The nearest pixel of the picture.
    case replicated
  }

  var topLeft: SIMD2<Float>
  var topRight: SIMD2<Float>
  var bottomLeft: SIMD2<Float>

  /// The square of `side` pixels around `center`, rotated clockwise (y points down) by `rotation` in radians.
  ///
  /// Source: OpenCV 4, `RotatedRect::points`, in its order of operations.
  public init(center: SIMD2<Float>, side: Float, rotation: Float) {
    let degrees = rotation * 180 / Float.pi
    let angle = Double(degrees) * Double.pi / 180
    let b = Float(cos(angle)) * 0.5
    let a = Float(sin(angle)) * 0.5
    bottomLeft = SIMD2(center.x - a * side - b * side, center.y + b * side - a * side)
    topLeft = SIMD2(center.x + a * side - b * side, center.y - b * side - a * side)
    topRight = SIMD2(2 * center.x - bottomLeft.x, 2 * center.y - bottomLeft.y)
  }
}
