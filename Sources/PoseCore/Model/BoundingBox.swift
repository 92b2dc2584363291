/// A rectangle relative to the upright picture's width and height.
public struct BoundingBox: Sendable, Hashable {
  public var x: Float
  public var y: Float
  public var width: Float
  public var height: Float

  public init(x: Float, y: Float, width: Float, height: Float) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The smallest axis-aligned one around all of `keypoints`, of which there must be at least one.
  public init(around keypoints: [Keypoint]) {
    var left = Float.infinity
    var top = Float.infinity
    var right = -Float.infinity
    var bottom = -Float.infinity
    for keypoint in keypoints {
      left = min(left, keypoint.x)
      right = max(right, keypoint.x)
      top = min(top, keypoint.y)
      bottom = max(bottom, keypoint.y)
    }
    self.init(x: left, y: top, width: right - left, height: bottom - top)
  }

  /// `{"x":…,"y":…,"width":…,"height":…}`
  public func write(into json: inout JSONWriter) {
    json.object { json in
      json.field("x", x)
      json.field("y", y)
      json.field("width", width)
      json.field("height", height)
    }
  }
}
