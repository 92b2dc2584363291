public import PoseCore

/// A picture's pixels as stored, with what is needed to see them upright.
///
/// The memory belongs to the ``PixelBuffer`` that it was decoded into and is valid until that is used again, so values
/// of this type never leave the scope of ``withDecoded(_:header:into:decoder:stop:_:)``.
public struct DecodedImage: ~Copyable {
  enum Pixels {
    case rgb(RGBPixels)
    case ycc(YCCPixels)
  }

  /// Pixels of the upright picture.
  public let width: Int
  public let height: Int
  let pixels: Pixels

  /// Decodes a whole picture file into `buffer` and passes it to `body`.
  ///
  /// Throws ``PoseVaultError`` with `corruptImage` or `unsupportedImage`, `CancellationError` if `stop` was raised
  /// during decoding, and whatever `decoder` or `body` throws.
  ///
  /// - Parameter decoder: the one that `header` was read with.
  public static func withDecoded<Value>(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, into buffer: PixelBuffer,
    decoder: (any PictureDecoder)? = nil, stop: StopFlag? = nil,
    _ body: (borrowing DecodedImage) throws -> Value
  ) throws -> Value {
    var header = header
    let pixels: Pixels =
      switch header.format {
      case .jpeg: try JPEG.decode(file, header: header, into: buffer, stop: stop)
      case .png: .rgb(try PNG.decode(file, header: header, into: buffer, stop: stop))
      case .webp: .rgb(try WebP.decode(file, header: header, into: buffer, stop: stop))
      case .heic, .avif: .rgb(try Coded.decode(file, header: &header, into: buffer, decoder, stop: stop))
      }
    return try body(DecodedImage(width: header.width, height: header.height, pixels: pixels))
  }

  /// The upright picture's pixels: three bytes each, red first, rows from the top without padding.
  public func uprightPixels() -> [UInt8] {
    switch pixels {
    case .rgb(let source): interleave(source)
    case .ycc(let source): interleave(source)
    }
  }

  private func interleave(_ source: some PixelSource) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 3 * width * height) { bytes, count in
      for y in 0..<height {
        for x in 0..<width {
          let pixel = source.pixel(x, y)
          bytes[count] = UInt8(pixel.red)
          bytes[count + 1] = UInt8(pixel.green)
          bytes[count + 2] = UInt8(pixel.blue)
          count += 3
        }
      }
    }
  }
}
