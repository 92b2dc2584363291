import Imaging
import NIOCore
import PoseCore

/// Draws pictures on dedicated threads, a few at a time.
///
/// All pictures being drawn have together at most as many pixels as one may have: drawing is never as urgent as finding
/// people, whose pixels are counted separately.
final class PooledRenderer: PictureRenderer, PoolUser {
  private let limits: ImageLimits
  private let decoder: (any PictureDecoder)?
  private let threads: BlockingPool
  private let pixels: Budget

  /// - Parameter decoder: decodes formats that this process doesn't; without it, they are refused.
  init(_ limits: ImageLimits, decoder: (any PictureDecoder)? = nil) {
    self.limits = limits
    self.decoder = decoder
    threads = BlockingPool("pictures to draw", threads: 2, maxWaiting: 256, waitLimit: .seconds(20))
    pixels = Budget(
      "pictures to draw", capacity: limits.maxPixels, maxWaiting: 256, waitLimit: .seconds(20))
  }

  var pools: [PoolLoad] { [threads.load(named: "drawing"), pixels.load(named: "drawing_pixels")] }

  func shutDown() async throws {
    try await threads.shutDown()
  }

  func size(of image: ByteBuffer) async throws -> (width: Int, height: Int) {
    let header = try await header(of: image)
    return (header.width, header.height)
  }

  func plainFormat(of image: ByteBuffer) async throws -> ImageFormat? {
    let header = try await header(of: image)
    return header.format.isBuiltIn && header.orientation == .upright ? header.format : nil
  }

  func thumbnail(of image: ByteBuffer, side: Int) async throws -> ByteBuffer {
    try await drawing(image, side: side) { picture in ByteBuffer(bytes: try picture.jpeg()) }
  }

  func overlay(on image: ByteBuffer, _ people: [[Keypoint]], side: Int) async throws -> ByteBuffer {
    try await drawing(image, side: side) { picture in
      for keypoints in people.reversed() { picture.draw(keypoints) }
      return ByteBuffer(bytes: try picture.png())
    }
  }

  func skeletons(_ people: [[Keypoint]], width: Int, height: Int) -> ByteBuffer {
    ByteBuffer(string: SkeletonSVG.text(people, width: width, height: height))
  }

  private func drawing(
    _ image: ByteBuffer, side: Int, by body: @escaping @Sendable (inout RGBImage) throws -> ByteBuffer
  ) async throws -> ByteBuffer {
    let header = try await header(of: image)
    return try await pixels.withUnits(header.weight(drawnWithin: side)) {
      try await threads.run { [decoder] stop in
        var picture = try image.withUnsafeReadableBytes {
          try RGBImage(decoding: $0, header: header, side: side, decoder: decoder, stop: stop)
        }
        return try body(&picture)
      }
    }
  }

  private func header(of image: ByteBuffer) async throws -> ImageHeader {
    try await ImageHeader.of(image, limits: limits, decoder: decoder, on: threads)
  }
}
