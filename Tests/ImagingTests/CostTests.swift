import Foundation
import PoseCore
import Testing

@testable import Imaging

@Suite("What decoding costs is known before, and bounded")
struct CostTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../.runtime/test-pictures/decoder")

  private func header(_ name: String) throws -> ImageHeader {
    try Data(contentsOf: Self.folder.appending(path: name)).withUnsafeBytes {
      try ImageHeader(of: $0, limits: ImageLimits())
    }
  }

  /// Source: ITU T.81, A.1 and A.2: blocks of 64 coefficients, here of two bytes; a component's blocks fill up whole MCUs.
  @Test(
    "coefficients that wait for the last scan are counted",
    arguments: [
      // 100×75 and 4:2:0: 7×5 MCUs of 4 + 1 + 1 blocks
      ("jpeg-endless-progressive.jpg", 3 * 7500 + 7 * 5 * 6 * 128),
      // grey: 13×10 blocks
      ("jpeg-endless-progressive-grey.jpg", 3 * 7500 + 13 * 10 * 128),
      // CMYK, 40×26, four inks of 5×4 blocks
      ("jpeg-cmyk-progressive-plain.jpg", 3 * 1040 + 5 * 4 * 4 * 128),
      ("jpeg-endless-420.jpg", 3 * 7500), ("jpeg-endless-cmyk.jpg", 3 * 1040),
    ])
  func coefficients(name: String, bytes: Int) throws {
    #expect(try header(name).decodingBytes == bytes)
  }

  @Test("what needs more than three bytes a pixel counts for more pixels")
  func weight() throws {
    #expect(try header("jpeg-endless-420.jpg").weight == 7500)
    #expect(try header("jpeg-endless-progressive.jpg").weight == 7500 + 7 * 5 * 6 * 128 / 3)
    // libwebp keeps four bytes of each pixel of a lossless picture beside the three that it gives
    #expect(try header("webp-lossless.webp").weight == (7 * 24 * 17 + 2) / 3)
    #expect(try header("webp-lossy.webp").weight == 24 * 17)
    // the rows that libspng keeps count where the picture is hardly more than a row
    #expect(try header("png-5x1-interlaced.png").weight > 5)
    let large = try RGBImage(width: 1000, height: 1000, pixels: [UInt8](repeating: 0, count: 3_000_000)).png()
    #expect(try large.withUnsafeBytes { try ImageHeader(of: $0, limits: ImageLimits()).weight } == 1_000_000)
  }

  @Test(
    "a picture of any format is given up when its flag is raised",
    arguments: [
      "jpeg-endless-420.jpg", "jpeg-endless-progressive.jpg", "jpeg-cmyk.jpg", "png-rgb-8.png",
      "png-rgb-8-interlaced.png", "webp-lossy.webp", "webp-lossless.webp",
    ])
  func stops(name: String) throws {
    let stop = StopFlag()
    stop.raise()
    try Data(contentsOf: Self.folder.appending(path: name)).withUnsafeBytes { file in
      let header = try ImageHeader(of: file, limits: ImageLimits())
      #expect(throws: CancellationError.self) {
        try DecodedImage.withDecoded(file, header: header, into: PixelBuffer(), stop: stop) { _ in }
      }
      // and no other time
      try DecodedImage.withDecoded(file, header: header, into: PixelBuffer(), stop: StopFlag()) { _ in }
    }
  }

  @Test("planes of a large JPEG are given up, too")
  func stopsPlanes() throws {
    let stop = StopFlag()
    stop.raise()
    for name in ["jpeg-endless-420.jpg", "jpeg-endless-progressive.jpg"] {
      try Data(contentsOf: Self.folder.appending(path: name)).withUnsafeBytes { file in
        let header = try ImageHeader(of: file, limits: ImageLimits())
        #expect(throws: CancellationError.self) {
          _ = try JPEG.decode(file, header: header, into: PixelBuffer(), minPlanarPixels: 0, stop: stop)
        }
      }
    }
  }

  @Test(
    "large pictures may have fewer scans, none fewer than programs write",
    arguments: [(1, 100), (10_000_000, 100), (20_000_000, 50), (50_000_000, 20), (1_000_000_000, 20)])
  func scans(pixels: Int, limit: Int) {
    #expect(JPEG.maxScans(pixels: pixels) == limit)
  }

  @Test("too many scans are refused on the header, before a pixel is decoded")
  func scansInHeader() throws {
    let error = #expect(throws: PoseVaultError.self) { _ = try header("jpeg-scans-101.jpg") }
    #expect(error?.code == .unsupportedImage)
    #expect(error?.message.contains("scans") == true)
  }
}
