public import PoseCore

/// A skeleton as SVG 1.1, the same lines and dots that ``RGBImage/draw(_:)`` blends into pixels.
public enum SkeletonSVG {
  /// On a transparent background, in pixels of a picture of `width` × `height`, from 33 keypoints.
  public static func text(_ keypoints: [Keypoint], width: Int, height: Int) -> String {
    text([keypoints], width: width, height: height)
  }

  /// Several people, of 33 keypoints each, the first one on top.
  public static func text(_ people: [[Keypoint]], width: Int, height: Int) -> String {
    let shapes = people.reversed().flatMap { Skeleton($0, width: width, height: height).shapes.map(element) }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">
      \(shapes.joined(separator: "\n"))
      </svg>

      """
  }

  private static func element(_ shape: Skeleton.Shape) -> String {
    let start = shape.capsule.start
    let end = shape.capsule.end
    let color = "rgb(\(shape.color.red),\(shape.color.green),\(shape.color.blue))"
    if start == end {
      return "<circle cx=\"\(hundredths(start.x))\" cy=\"\(hundredths(start.y))\" "
        + "r=\"\(hundredths(shape.capsule.radius))\" fill=\"\(color)\" opacity=\"\(hundredths(shape.opacity))\"/>"
    }
    return "<line x1=\"\(hundredths(start.x))\" y1=\"\(hundredths(start.y))\" x2=\"\(hundredths(end.x))\" "
      + "y2=\"\(hundredths(end.y))\" stroke=\"\(color)\" stroke-width=\"\(hundredths(2 * shape.capsule.radius))\" "
      + "stroke-linecap=\"round\" opacity=\"\(hundredths(shape.opacity))\"/>"
  }

  private static func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
