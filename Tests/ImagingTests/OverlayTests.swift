import Imaging
import PoseCore
import Testing

@Suite("Drawing skeletons")
struct OverlayTests {
  static let side = 200

  static func black() -> RGBImage {
    RGBImage(width: side, height: side, pixels: [UInt8](repeating: 0, count: 3 * side * side))
  }

  /// All landmarks at one spot but for `moved`.
  static func pose(
    at spot: (Float, Float) = (0.5, 0.5), visibility: Float = 1, moved: [Landmark: (Float, Float)] = [:]
  ) -> Pose {
    let keypoints = Landmark.allCases.map { landmark in
      let (x, y) = moved[landmark] ?? spot
      return Keypoint(x: x, y: y, z: 0, visibility: visibility, presence: 1)
    }
    return Pose(score: 1, keypoints: keypoints, worldKeypoints: keypoints)
  }

  static func pixel(_ image: RGBImage, _ x: Int, _ y: Int) -> [UInt8] {
    let index = 3 * (y * image.width + x)
    return Array(image.pixels[index..<index + 3])
  }

  @Test("a bone colours the pixels along it, and none far from it")
  func bone() {
    var image = Self.black()
    // the left elbow is joined to shoulder and wrist, both in the middle
    image.draw([Self.pose(moved: [.leftElbow: (0.9, 0.5)])])
    #expect(Self.pixel(image, 140, 100) != [0, 0, 0])
    #expect(Self.pixel(image, 140, 120) == [0, 0, 0])
    #expect(Self.pixel(image, 60, 100) == [0, 0, 0])
    let (left, right) = (Self.pixel(image, 150, 100), Self.drawnRight())
    #expect(left[0] > left[2] && right[2] > right[0])
  }

  private static func drawnRight() -> [UInt8] {
    var image = black()
    image.draw([pose(moved: [.rightElbow: (0.9, 0.5)])])
    return pixel(image, 150, 100)
  }

  @Test("what is hardly visible is fainter")
  func fading() {
    var (clear, faint) = (Self.black(), Self.black())
    clear.draw([Self.pose(visibility: 1, moved: [.leftElbow: (0.9, 0.5)])])
    faint.draw([Self.pose(visibility: 0.1, moved: [.leftElbow: (0.9, 0.5)])])
    #expect(Self.pixel(faint, 140, 100)[0] > 0)
    #expect(Self.pixel(faint, 140, 100)[0] < Self.pixel(clear, 140, 100)[0])
  }

  @Test("a bone that leaves the picture is drawn up to its border")
  func leaving() {
    var image = Self.black()
    image.draw([Self.pose(moved: [.leftElbow: (1e6, 0.5)])])
    #expect(Self.pixel(image, 199, 100) != [0, 0, 0])
  }

  @Test(
    "landmarks far outside, not finite or on the border are harmless",
    arguments: [
      (Float.nan, Float.nan), (.infinity, 0.5), (-.infinity, -.infinity), (1e30, -1e30),
      (.greatestFiniteMagnitude, .greatestFiniteMagnitude), (1, 1), (0, 0), (-0.001, 1.001),
    ])
  func harmless(x: Float, y: Float) {
    var image = Self.black()
    image.draw([Self.pose(moved: [.leftElbow: (x, y)]), Self.pose(at: (x, y)), Self.pose(at: (x, y), visibility: .nan)])
    #expect(image.pixels.count == 3 * Self.side * Self.side)
  }

  @Test("a picture of one pixel can be drawn on")
  func tiny() {
    var image = RGBImage(width: 1, height: 1, pixels: [0, 0, 0])
    image.draw([Self.pose()])
    #expect(image.pixels != [0, 0, 0])
  }

  @Test("PNG keeps every pixel, JPEG the look")
  func encoding() throws {
    var image = Self.black()
    image.draw([Self.pose(moved: [.leftElbow: (0.9, 0.5), .rightKnee: (0.2, 0.8)])])
    let png = try image.png().withUnsafeBytes { try RGBImage(decoding: $0, limits: ImageLimits()) }
    #expect(png == image)
    let jpeg = try image.jpeg().withUnsafeBytes { try RGBImage(decoding: $0, limits: ImageLimits()) }
    #expect(jpeg.width == Self.side && jpeg.height == Self.side)
    let differences = zip(jpeg.pixels, image.pixels).map { abs(Int($0) - Int($1)) }
    #expect(differences.reduce(0, +) / differences.count < 4)
  }
}
