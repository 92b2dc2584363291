import PoseCore

/// A picture's pixels as stored, with what it takes to see them upright.
///
/// The memory belongs to the ``PixelBuffer`` that it was decoded into and is valid until that is used again,
/// so values of this type never leave the scope of ``withDecoded(_:header:into:_:)``.
public struct DecodedImage: ~Copyable {
  /// Pixels of the upright picture.
  public let width: Int
  public let height: Int
  /// The upright pixel (0, 0); a pixel is three bytes, red first.
  let origin: UnsafePointer<UInt8>
  /// Bytes from an upright pixel to its right and lower neighbours; negative or swapped where the picture is turned.
  let strideX: Int
  let strideY: Int

  init(header: ImageHeader, rgb: UnsafePointer<UInt8>) {
    width = header.width
    height = header.height
    let position = header.orientation.storedPosition(width: header.storedWidth, height: header.storedHeight)
    let rowBytes = 3 * header.storedWidth
    origin = rgb + 3 * position.column0 + rowBytes * position.row0
    strideX = 3 * position.columnX + rowBytes * position.rowX
    strideY = 3 * position.columnY + rowBytes * position.rowY
  }

  /// Decodes a whole picture file into `buffer` and hands it to `body`.
  ///
  /// Throws ``PoseVaultError`` with `corruptImage` or `unsupportedImage`, or what `body` throws.
  public static func withDecoded<Value>(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, into buffer: PixelBuffer,
    _ body: (borrowing DecodedImage) throws -> Value
  ) throws -> Value {
    let pixels = buffer.reserve(3 * header.pixels)
    switch header.format {
    case .jpeg: try JPEG.decode(file, header: header, into: pixels)
    case .png: try PNG.decode(file, into: pixels)
    case .webp: try WebP.decode(file, header: header, into: pixels)
    }
    guard let base = pixels.baseAddress else {
      throw PoseVaultError(.internal, "The pixel buffer is empty.")
    }
    return try body(DecodedImage(header: header, rgb: base.assumingMemoryBound(to: UInt8.self)))
  }

  /// The upright picture's pixels: three bytes each, red first, rows from the top without padding.
  public func uprightPixels() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 3 * width * height) { pixels, count in
      for y in 0..<height {
        for x in 0..<width {
          let pixel = origin + x * strideX + y * strideY
          for channel in 0..<3 { pixels[3 * (y * width + x) + channel] = pixel[channel] }
        }
      }
      count = 3 * width * height
    }
  }
}
