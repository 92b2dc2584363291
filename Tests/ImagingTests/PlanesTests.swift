import Foundation
import PoseCore
import Testing

@testable import Imaging

/// Large JPEGs are sampled from their planes; the pixels must be those that libjpeg-turbo itself makes of them.
struct PlanesTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../.runtime/test-pictures")

  private static let files: [String] = ["decoder", "cases"].flatMap { folder in
    let names = (try? FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: folder).path)) ?? []
    return names.filter { $0.hasSuffix(".jpg") }.sorted().map { "\(folder)/\($0)" }
  }

  private func decode(_ file: Data, minPlanarPixels: Int) throws -> (pixels: [UInt8], isPlanar: Bool) {
    let buffer = PixelBuffer()
    return try withExtendedLifetime(buffer) {
      try file.withUnsafeBytes { file in
        let header = try ImageHeader(of: file, limits: ImageLimits())
        let pixels = try JPEG.decode(file, header: header, into: buffer, minPlanarPixels: minPlanarPixels)
        let isPlanar = if case .ycc = pixels { true } else { false }
        let image = DecodedImage(width: header.width, height: header.height, pixels: pixels)
        return (image.uprightPixels(), isPlanar)
      }
    }
  }

  @Test("sampling the planes gives libjpeg-turbo's own pixels, for every size and orientation")
  func planesGiveTheSamePixels() throws {
    var planar = 0
    for name in Self.files {
      let file = try Data(contentsOf: Self.folder.appending(path: name))
      guard let interleaved = try? decode(file, minPlanarPixels: .max) else { continue }
      let sampled = try decode(file, minPlanarPixels: 0)
      #expect(sampled.pixels == interleaved.pixels, "\(name)")
      planar += sampled.isPlanar ? 1 : 0
    }
    #expect(planar > 30)
  }
}
