import PoseCore

/// The lines and dots of a skeleton in pixels, in the order in which they are drawn.
///
/// Left limbs are orange, right limbs blue, the middle white; less visible parts are fainter. Lines grow with the
/// picture. Landmarks that are not finite are left out; those far outside the picture are harmless.
struct Skeleton {
  struct Shape {
    let capsule: Capsule
    let color: OverlayColor
    let opacity: Double
  }

  let shapes: [Shape]

  init(_ keypoints: [Keypoint], width: Int, height: Int) {
    let radius = max(1, Double(max(width, height)) / 400)
    let joints = keypoints.map { SkeletonJoint($0, width: width, height: height) }
    var shapes: [Shape] = []
    for (from, to) in Landmark.connections {
      guard let start = joints[from.rawValue], let end = joints[to.rawValue] else { continue }
      shapes.append(
        Shape(
          capsule: Capsule(from: start.center, to: end.center, radius: radius),
          color: OverlayColor(from.side == to.side ? from.side : .middle), opacity: min(start.opacity, end.opacity)))
    }
    for (landmark, joint) in zip(Landmark.allCases, joints) {
      guard let joint else { continue }
      let dot = radius * (landmark.isOnFace ? 1.4 : 2)
      for (size, color) in [(dot + radius * 0.7, OverlayColor.rim), (dot, OverlayColor(landmark.side))] {
        shapes.append(Shape(capsule: Capsule(at: joint.center, radius: size), color: color, opacity: joint.opacity))
      }
    }
    self.shapes = shapes
  }
}

/// A landmark in pixels, and how clearly it is drawn.
private struct SkeletonJoint {
  let center: Point
  let opacity: Double

  /// nil if there is nothing sensible to draw.
  init?(_ keypoint: Keypoint, width: Int, height: Int) {
    center = Point(x: Double(keypoint.x) * Double(width), y: Double(keypoint.y) * Double(height))
    guard center.x.isFinite, center.y.isFinite else { return nil }
    let visibility = keypoint.visibility.isFinite ? min(max(Double(keypoint.visibility), 0), 1) : 0
    opacity = 0.2 + 0.8 * visibility
  }
}

extension OverlayColor {
  fileprivate static let rim = OverlayColor(red: 255, green: 255, blue: 255)

  fileprivate init(_ side: Landmark.Side) {
    self =
      switch side {
      case .left: OverlayColor(red: 255, green: 138, blue: 20)
      case .right: OverlayColor(red: 24, green: 160, blue: 251)
      case .middle: OverlayColor(red: 235, green: 235, blue: 235)
      }
  }
}

extension Landmark {
  fileprivate enum Side { case left, right, middle }

  fileprivate var side: Side {
    if name.contains("left") { return .left }
    return name.contains("right") ? .right : .middle
  }

  fileprivate var isOnFace: Bool { rawValue <= Landmark.mouthRight.rawValue }
}
