import CWebP
import PoseCore

/// WebP stills, lossy and lossless, through libwebp. Transparency is dropped.
enum WebP {
  static func header(of file: UnsafeRawBufferPointer) throws -> ImageHeader {
    var features = WebPBitstreamFeatures()
    guard WebPGetFeatures(file.bindMemory(to: UInt8.self).baseAddress, file.count, &features) == VP8_STATUS_OK else {
      throw corrupt()
    }
    guard features.has_animation == 0 else {
      throw PoseVaultError(.unsupportedImage, "Animated WebP isn't supported. Use a still picture.")
    }
    var header = ImageHeader(
      format: .webp, storedWidth: Int(features.width), storedHeight: Int(features.height),
      orientation: orientation(of: file))
    // libwebp keeps four bytes a pixel of a lossless picture, and unpacks a lossy one's alpha to one; but where that was
    // packed as a lossless picture of several colours, it keeps another four for it
    let isLossy = features.format == 1
    header.decodingBytes = (3 + (isLossy ? (features.has_alpha != 0 ? 5 : 0) : 4)) * header.pixels
    return header
  }

  /// The file is passed to libwebp in a few pieces, between which it can be stopped. This way, pictures whose last
  /// chunks, after the pixels, are cut off can be read, too.
  static func decode(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, into buffer: PixelBuffer, stop: StopFlag? = nil
  ) throws -> RGBPixels {
    let pixels = buffer.reserve(3 * header.pixels)
    let bytes = file.bindMemory(to: UInt8.self)
    guard let base = pixels.baseAddress, let start = bytes.baseAddress else { throw corrupt() }
    guard let decoder = WebPINewRGB(MODE_RGB, base, pixels.count, Int32(3 * header.storedWidth)) else {
      throw PoseVaultError(.internal, "libwebp has no memory left.")
    }
    defer { WebPIDelete(decoder) }
    // libwebp reads a lossless picture's tables anew with each piece until it has them all
    let step = max(64 << 10, file.count / 8 + 1)
    var given = 0
    while given < file.count {
      try stop?.check()
      given = min(given + step, file.count)
      switch WebPIUpdate(decoder, start, given) {
      case VP8_STATUS_OK: return RGBPixels(UnsafePointer(base), header: header)
      case VP8_STATUS_SUSPENDED: continue
      default: throw corrupt()
      }
    }
    throw corrupt()
  }

  /// From the first EXIF chunk that has one, with or without JPEG's `Exif\0\0` before it.
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
        if let found = Exif.orientation(inTIFF: UnsafeRawBufferPointer(rebasing: tiff)) { return found }
      }
      offset = end + size % 2
    }
    return .upright
  }

  private static func corrupt() -> PoseVaultError {
    PoseVaultError(.corruptImage, "The WebP picture is damaged or incomplete.")
  }
}
