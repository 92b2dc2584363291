public import PoseCore

/// An upright picture to draw on and encode.
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

  /// Decodes a whole picture file, upright, with a longer side of at most `side` pixels. For viewing: a large JPEG is
  /// not decoded in full only to be shrunk.
  ///
  /// Throws ``PoseVaultError`` with `imageTooLarge`, `unsupportedImage` or `corruptImage`, `CancellationError` if
  /// `stop` was raised during decoding, and whatever `decoder` throws. Blocks.
  public init(
    decoding file: UnsafeRawBufferPointer, limits: ImageLimits, side: Int = .max,
    decoder: (any PictureDecoder)? = nil, stop: StopFlag? = nil
  ) throws {
    let header = try ImageHeader(of: file, limits: limits, decoder: decoder, stop: stop)
    try self.init(decoding: file, header: header, side: side, decoder: decoder, stop: stop)
  }

  /// The same, if the header is known.
  public init(
    decoding file: UnsafeRawBufferPointer, header: ImageHeader, side: Int = .max,
    decoder: (any PictureDecoder)? = nil, stop: StopFlag? = nil
  ) throws {
    self = try DecodedImage.withDecoded(
      file, header: header.reduced(toShow: side), into: PixelBuffer(), decoder: decoder, stop: stop
    ) { image in
      // a reduced JPEG is not as large as the picture; how large a coded one is, its decoder says
      let whole = header.declared == nil ? (header.width, header.height) : (image.width, image.height)
      return image.shrunk(to: ImageHeader.size(of: whole, within: side))
    }
  }
}
