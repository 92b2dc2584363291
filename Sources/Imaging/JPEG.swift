import CTurboJPEG
import PoseCore

/// JPEG through libjpeg-turbo, with its accurate DCT and smooth chroma upsampling, as OpenCV and MediaPipe read it.
enum JPEG {
  static func header(of file: UnsafeRawBufferPointer) throws -> (size: (Int, Int), Orientation) {
    let decoder = try Decoder()
    let header = try decoder.readHeader(file)
    return ((header.width, header.height), JPEGMarkers(of: file).orientation)
  }

  /// Decodes into `pixels`, three bytes each, red first.
  static func decode(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, into pixels: UnsafeMutableRawBufferPointer
  ) throws {
    let decoder = try Decoder()
    let colorspace = try decoder.readHeader(file).colorspace
    if colorspace == TJCS_CMYK || colorspace == TJCS_YCCK {
      let inks = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * header.pixels, alignment: 64)
      defer { inks.deallocate() }
      try decoder.decompress(file, header: header, format: TJPF_CMYK, into: inks)
      convert(inks: inks, areInverted: JPEGMarkers(of: file).hasAdobeMarker, into: pixels)
    } else {
      try decoder.decompress(file, header: header, format: TJPF_RGB, into: pixels)
    }
  }

  /// Adobe's programs store 255 for no ink; then a colour is ink × key / 255.
  private static func convert(
    inks: UnsafeMutableRawBufferPointer, areInverted: Bool, into pixels: UnsafeMutableRawBufferPointer
  ) {
    for pixel in 0..<inks.count / 4 {
      let key = areInverted ? UInt16(inks[4 * pixel + 3]) : 255 - UInt16(inks[4 * pixel + 3])
      for channel in 0..<3 {
        let stored = UInt16(inks[4 * pixel + channel])
        let light = areInverted ? stored : 255 - stored
        pixels[3 * pixel + channel] = UInt8((light * key + 127) / 255)
      }
    }
  }
}

/// A libjpeg-turbo decompressor, closed when it goes out of scope.
private struct Decoder: ~Copyable {
  private let handle: tjhandle

  init() throws {
    guard let handle = tjInitDecompress() else {
      throw PoseVaultError(.internal, "libjpeg-turbo has no memory left.")
    }
    self.handle = handle
  }

  deinit {
    tjDestroy(handle)
  }

  func readHeader(_ file: UnsafeRawBufferPointer) throws -> (width: Int, height: Int, colorspace: TJCS) {
    var (width, height, subsampling, colorspace) = (Int32(0), Int32(0), Int32(0), Int32(0))
    let bytes = file.bindMemory(to: UInt8.self).baseAddress
    guard
      tjDecompressHeader3(handle, bytes, UInt(file.count), &width, &height, &subsampling, &colorspace) == 0
    else { throw corrupt() }
    return (Int(width), Int(height), TJCS(UInt32(colorspace)))
  }

  func decompress(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, format: TJPF, into pixels: UnsafeMutableRawBufferPointer
  ) throws {
    let status = tjDecompress2(
      handle, file.bindMemory(to: UInt8.self).baseAddress, UInt(file.count),
      pixels.bindMemory(to: UInt8.self).baseAddress,
      Int32(header.storedWidth), 0, Int32(header.storedHeight), Int32(bitPattern: UInt32(bitPattern: format.rawValue)),
      TJFLAG_LIMITSCANS)
    guard status != 0 else { return }
    // Stray bytes between segments, which many cameras and editors leave, harm no pixel; every other warning means
    // that pixels were guessed. Only the first warning can be asked for, so a cut file is looked for as well.
    let isHarmless =
      tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue) && message.contains("extraneous bytes")
      && JPEGMarkers(of: file).hasEnd
    guard isHarmless else { throw corrupt() }
  }

  private var message: String { String(cString: tjGetErrorStr2(handle)) }

  private func corrupt() -> PoseVaultError {
    PoseVaultError(.corruptImage, "The JPEG picture is damaged or cut short: \(message).")
  }
}
