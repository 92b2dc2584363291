public import PoseCore

/// An upright picture to draw on and to encode.
public struct RGBImage: Sendable, Hashable {
  public let width: Int
  public let height: Int
  /// Three bytes each, red first; rows from the top, without padding.
  public var pixels: [UInt8]

  /// - Parameter pixels: must be 3 × `width` × `height` bytes.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Decodes a whole picture file, upright, with its longer side at most `side` pixels. To be looked at: a large JPEG is
  /// not decoded in full only to be made small.
  ///
  /// Throws ``PoseVaultError`` with `imageTooLarge`, `unsupportedImage` or `corruptImage`, `CancellationError`
  /// where `stop` was raised while it decoded. Blocks.
  public init(
    decoding file: UnsafeRawBufferPointer, limits: ImageLimits, side: Int = .max, stop: StopFlag? = nil
  ) throws {
    let header = try ImageHeader(of: file, limits: limits)
    let size = header.size(within: side)
    self = try DecodedImage.withDecoded(file, header: header.reduced(toShow: side), into: PixelBuffer(), stop: stop) {
      $0.shrunk(to: size)
    }
  }
}
