import CWebP
import PoseCore

/// WebP stills, lossy and lossless, through libwebp. Transparency is dropped.
enum WebP {
  static func header(of file: UnsafeRawBufferPointer) throws -> (size: (Int, Int), Orientation) {
    var features = WebPBitstreamFeatures()
    guard WebPGetFeatures(file.bindMemory(to: UInt8.self).baseAddress, file.count, &features) == VP8_STATUS_OK else {
      throw corrupt()
    }
    guard features.has_animation == 0 else {
      throw PoseVaultError(.unsupportedImage, "This is an animated WebP file; only stills are read.")
    }
    return ((Int(features.width), Int(features.height)), orientation(of: file))
  }

  static func decode(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, into buffer: PixelBuffer
  ) throws -> RGBPixels {
    let pixels = buffer.reserve(3 * header.pixels)
    let decoded = WebPDecodeRGBInto(
      file.bindMemory(to: UInt8.self).baseAddress, file.count, pixels.baseAddress, pixels.count,
      Int32(3 * header.storedWidth))
    guard let decoded else { throw corrupt() }
    return RGBPixels(decoded, header: header)
  }

  /// From an EXIF chunk, with or without JPEG's `Exif\0\0` before it.
  ///
  /// Source: WebP container specification: `RIFF`, size, `WEBP`, then chunks of name, size and evenly padded content.
  private static func orientation(of file: UnsafeRawBufferPointer) -> Orientation {
    var offset = 12
    while offset + 8 <= file.count {
      let size = (0..<4).reduce(0) { $0 | Int(file[offset + 4 + $1]) << (8 * $1) }
      let end = min(offset + 8 + size, file.count)
      if file[offset..<offset + 4].elementsEqual("EXIF".utf8) {
        var tiff = file[offset + 8..<end]
        if tiff.prefix(6).elementsEqual("Exif\0\0".utf8) { tiff = tiff.dropFirst(6) }
        return Exif.orientation(inTIFF: UnsafeRawBufferPointer(rebasing: tiff))
      }
      offset = end + size % 2
    }
    return .upright
  }

  private static func corrupt() -> PoseVaultError {
    PoseVaultError(.corruptImage, "The WebP picture is damaged or cut short.")
  }
}
