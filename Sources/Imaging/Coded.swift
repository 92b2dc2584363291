import PoseCore

/// HEIC and AVIF, decoded by a ``PictureDecoder`` outside this process, already upright.
enum Coded {
  static func header(
    of file: UnsafeRawBufferPointer, _ format: ImageFormat, _ decoder: (any PictureDecoder)?, stop: StopFlag?
  ) throws -> ImageHeader {
    let decoder = try find(decoder, for: format)
    let declared = try decoder.declaration(of: file, stop: stop ?? StopFlag())
    var header = ImageHeader(
      format: format, storedWidth: declared.width, storedHeight: declared.height, orientation: .upright)
    header.declared = declared
    header.decodingBytes = 3 * header.pixels + declared.decoderBytes
    return header
  }

  /// - Parameter header: receives the picture's actual size.
  static func decode(
    _ file: UnsafeRawBufferPointer, header: inout ImageHeader, into buffer: PixelBuffer,
    _ decoder: (any PictureDecoder)?, stop: StopFlag?
  ) throws -> RGBPixels {
    guard let declared = header.declared else {
      throw PoseVaultError(.internal, "The picture's header belongs to another file.")
    }
    var pixels: UnsafeMutableBufferPointer<UInt8>?
    let size = try find(decoder, for: header.format).decode(file, declared: declared, stop: stop ?? StopFlag()) {
      bytes in
      let room = buffer.reserve(bytes)
      pixels = room
      return room
    }
    guard let pixels, let base = pixels.baseAddress, pixels.count == 3 * size.width * size.height else {
      throw PoseVaultError(.internal, "The picture's pixels are not as many as its size says.")
    }
    header.storedWidth = size.width
    header.storedHeight = size.height
    return RGBPixels(UnsafePointer(base), header: header)
  }

  private static func find(
    _ decoder: (any PictureDecoder)?, for format: ImageFormat
  ) throws -> any PictureDecoder {
    guard let decoder, decoder.formats.contains(format) else { throw PoseVaultError.needsDecoder(format) }
    return decoder
  }
}
