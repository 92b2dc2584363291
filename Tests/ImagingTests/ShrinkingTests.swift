import Imaging
import PoseCore
import Testing

@Suite("Small pictures and vector skeletons")
struct ShrinkingTests {
  private func shrunk(_ image: RGBImage, _ side: Int) throws -> RGBImage {
    try image.png().withUnsafeBytes { try RGBImage(decoding: $0, limits: ImageLimits(), side: side) }
  }

  @Test("a pixel is the average of those that it stands for, rounded half up")
  func average() throws {
    let image = RGBImage(
      width: 4, height: 2,
      pixels: [
        0, 10, 255, 0, 20, 255, 8, 8, 8, 8, 8, 8,
        0, 30, 255, 1, 40, 255, 8, 8, 8, 10, 9, 8,
      ])
    // 1/4 rounds down, 34/4 and 33/4: half up and down
    #expect(try shrunk(image, 2) == RGBImage(width: 2, height: 1, pixels: [0, 25, 255, 9, 8, 8]))
    #expect(try shrunk(image, 4) == image)
    #expect(try shrunk(image, 4000) == image)
  }

  @Test("the shape is kept, and no side vanishes", arguments: [(1000, 3), (3, 1000), (999, 500), (640, 425)])
  func shape(width: Int, height: Int) throws {
    let image = RGBImage(
      width: width, height: height, pixels: [UInt8](repeating: 77, count: 3 * width * height))
    let small = try shrunk(image, 100)
    #expect(max(small.width, small.height) == 100)
    let (expectedWidth, expectedHeight) = (
      Double(width) * 100 / Double(max(width, height)), Double(height) * 100 / Double(max(width, height))
    )
    #expect(abs(Double(small.width) - max(1, expectedWidth)) <= 0.5)
    #expect(abs(Double(small.height) - max(1, expectedHeight)) <= 0.5)
    #expect(small.pixels.allSatisfy { $0 == 77 })
  }

  @Test("SVG has a line for each bone and two discs for each joint, in pixels")
  func svg() {
    var pose = OverlayTests.pose(at: (0.25, 0.5))
    pose.keypoints = Landmark.allCases.map { landmark in
      Keypoint(x: Float(landmark.rawValue) / 64, y: 0.5, z: 0, visibility: 1, presence: 1)
    }
    pose.keypoints[Landmark.nose.rawValue].x = .nan
    let text = SkeletonSVG.text(pose.keypoints, width: 640, height: 400)
    #expect(text.hasPrefix(#"<svg xmlns="http://www.w3.org/2000/svg" width="640" height="400" viewBox="0 0 640 400">"#))
    // two of the 35 bones end at the nose
    #expect(text.split(separator: "<line ").count - 1 == 33)
    #expect(text.split(separator: "<circle ").count - 1 == 2 * 32)
    // left elbow, landmark 13, to left wrist, landmark 15
    #expect(text.contains(#"<line x1="130.0" y1="200.0" x2="150.0" y2="200.0" stroke="rgb(255,138,20)""#))
  }
}
