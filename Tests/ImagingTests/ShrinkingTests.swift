import PoseCore
import Testing

@testable import Imaging

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

  @Test(
    "of a JPEG's whole, half, quarter and eighth the smallest that is large enough is decoded",
    arguments: [
      ((4000, 3000), 500, (500, 375)), ((4000, 3000), 501, (1000, 750)), ((3000, 4000), 1000, (750, 1000)),
      ((4001, 3), 2000, (2001, 2)), ((4000, 3000), 2001, (4000, 3000)), ((640, 425), 1280, (640, 425)),
    ])
  func reducedSize(whole: (Int, Int), side: Int, expected: (Int, Int)) {
    #expect(JPEG.reducedSize(width: whole.0, height: whole.1, side: side) == expected)
  }

  /// 32 is reached from an eighth, 70 from a quarter, 129 from a half.
  @Test("a small JPEG looks as when it is decoded in full, in each orientation", arguments: Orientation.allCases)
  func reduced(orientation: Orientation) throws {
    let jpeg = try Self.scene(width: 601, height: 409).jpeg(orientation: orientation)
    try jpeg.withUnsafeBytes { file in
      let header = try ImageHeader(of: file, limits: ImageLimits())
      try #require(header.orientation == orientation)
      for side in [32, 70, 129] {
        let whole = try DecodedImage.withDecoded(file, header: header, into: PixelBuffer()) {
          $0.shrunk(to: header.size(within: side))
        }
        let reduced = try RGBImage(decoding: file, limits: ImageLimits(), side: side)
        try #require((reduced.width, reduced.height) == (whole.width, whole.height))
        let differences = zip(reduced.pixels, whole.pixels).map { abs(Int($0) - Int($1)) }
        // the scene changes by up to 16 from one of these pixels to the next, and half a pixel's shift is not seen
        #expect(differences.max() ?? 255 < 12, "\(side)")
      }
    }
  }

  /// Colours that change smoothly and differently in both directions, so that no turning looks like another.
  private static func scene(width: Int, height: Int) -> RGBImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        pixels += [UInt8(255 * x / width), UInt8(255 * y / height), UInt8(255 * x * y / (width * height))]
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
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

extension RGBImage {
  /// With EXIF that tells an orientation, right behind the start marker.
  ///
  /// Source: EXIF 2.32, 4.5 and 4.7: APP1, its length, `Exif\0\0`, then TIFF with one entry, 0x0112, one short.
  fileprivate func jpeg(orientation: Orientation) throws -> [UInt8] {
    let tiff: [UInt8] =
      Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, UInt8(orientation.rawValue), 0, 0, 0]
      + [0, 0, 0, 0]
    let segment = Array("Exif\0\0".utf8) + tiff
    let bytes = try jpeg()
    return bytes[..<2] + [0xFF, 0xE1, 0, UInt8(segment.count + 2)] + segment + bytes[2...]
  }
}
