public import PoseCore

extension RGBImage {
  /// Draws the skeletons: left limbs orange, right limbs blue, the middle white, what is hardly visible fainter.
  ///
  /// Lines grow with the picture. Landmarks far outside it, and those that are not finite, are harmless.
  public mutating func draw(_ poses: [Pose]) {
    let radius = max(1, Double(max(width, height)) / 400)
    // the best person is drawn last, on top
    for pose in poses.reversed() {
      let joints = pose.keypoints.map { OverlayJoint($0, width: width, height: height) }
      for (from, to) in Landmark.connections {
        guard let start = joints[from.rawValue], let end = joints[to.rawValue] else { continue }
        let color = OverlayColor(from.side == to.side ? from.side : .middle)
        fill(
          Capsule(from: start.center, to: end.center, radius: radius), color, opacity: min(start.opacity, end.opacity))
      }
      for (landmark, joint) in zip(Landmark.allCases, joints) {
        guard let joint else { continue }
        let dot = radius * (landmark.isOnFace ? 1.4 : 2)
        fill(Capsule(at: joint.center, radius: dot + radius * 0.7), .rim, opacity: joint.opacity)
        fill(Capsule(at: joint.center, radius: dot), OverlayColor(landmark.side), opacity: joint.opacity)
      }
    }
  }
}

/// A landmark in pixels, and how clearly it is drawn.
private struct OverlayJoint {
  let center: Point
  let opacity: Double

  /// nil where there is nothing sensible to draw.
  init?(_ keypoint: Keypoint, width: Int, height: Int) {
    center = Point(x: Double(keypoint.x) * Double(width), y: Double(keypoint.y) * Double(height))
    guard center.x.isFinite, center.y.isFinite else { return nil }
    let visibility = keypoint.visibility.isFinite ? min(max(Double(keypoint.visibility), 0), 1) : 0
    opacity = 0.2 + 0.8 * visibility
  }
}

extension OverlayColor {
  static let rim = OverlayColor(red: 255, green: 255, blue: 255)

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
