public import PoseCore

extension RGBImage {
  /// Draws the skeletons over the picture.
  public mutating func draw(_ poses: [Pose]) {
    // the best person is drawn last, on top
    for pose in poses.reversed() { draw(pose.keypoints) }
  }

  /// Draws the skeleton of 33 keypoints over the picture.
  public mutating func draw(_ keypoints: [Keypoint]) {
    for shape in Skeleton(keypoints, width: width, height: height).shapes {
      fill(shape.capsule, shape.color, opacity: shape.opacity)
    }
  }
}
