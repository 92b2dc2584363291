/// One landmark's position.
///
/// In picture coordinates `x` and `y` are relative to the upright picture's width and height (outside 0…1 means outside
/// the picture) and `z` to its width, with the middle of the hips as the origin; smaller is nearer to the camera. In
/// world coordinates all three are metres from the middle of the hips.
public struct Keypoint: Sendable, Hashable {
  public var x: Float
  public var y: Float
  public var z: Float
  /// 0…1, how likely the landmark is to be visible.
  public var visibility: Float
  /// 0…1, how likely the landmark is to be inside the picture.
  public var presence: Float

  public init(x: Float, y: Float, z: Float, visibility: Float, presence: Float) {
    self.x = x
    self.y = y
    self.z = z
    self.visibility = visibility
    self.presence = presence
  }
}

/// One person in a picture.
public struct Pose: Sendable, Hashable {
  /// 0.5…1, the detector's confidence; MediaPipe orders people by it.
  public var score: Float
  /// The 33 landmarks in picture coordinates, in ``Landmark``'s order.
  public var keypoints: [Keypoint]
  /// The 33 landmarks in metres, in ``Landmark``'s order.
  public var worldKeypoints: [Keypoint]

  public init(score: Float, keypoints: [Keypoint], worldKeypoints: [Keypoint]) {
    self.score = score
    self.keypoints = keypoints
    self.worldKeypoints = worldKeypoints
  }

  /// Around all 33 landmarks; it extends beyond the picture if they do.
  public var box: BoundingBox { BoundingBox(around: keypoints) }
}
