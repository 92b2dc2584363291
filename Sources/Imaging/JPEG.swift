import PoseCore

/// JPEG through libjpeg-turbo, with its accurate DCT and smooth chroma upsampling, as OpenCV and MediaPipe read it.
enum JPEG {
  /// From how many pixels on the planes are kept as they are, for half the memory. At 12 megapixels that takes no
  /// longer; at 4 it takes a tenth of a picture's time more than converting all of them.
  static let minPlanarPixels = 8_000_000

  static func header(of file: UnsafeRawBufferPointer) throws -> (size: (Int, Int), Orientation) {
    let header = try JPEGDecoder().readHeader(file)
    return ((header.width, header.height), JPEGMarkers(of: file).orientation)
  }

  /// The sizes that libjpeg-turbo decodes to at once, by its fastest ways: the whole, a half, a quarter, an eighth.
  ///
  /// Returns the smallest whose longer side has at least `side` pixels.
  static func reducedSize(width: Int, height: Int, side: Int) -> (width: Int, height: Int) {
    func part(_ divisor: Int) -> (width: Int, height: Int) {
      ((width + divisor - 1) / divisor, (height + divisor - 1) / divisor)
    }
    return [8, 4, 2].map(part).first { max($0.width, $0.height) >= side } ?? (width, height)
  }

  /// - Parameter header: its stored size may be a reduced one, see ``reducedSize(width:height:side:)``.
  static func decode(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, into buffer: PixelBuffer,
    minPlanarPixels: Int = minPlanarPixels
  ) throws -> DecodedImage.Pixels {
    let decoder = try JPEGDecoder()
    let kind = try decoder.readHeader(file)
    if kind.hasInks {
      let inks = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 4 * header.pixels)
      defer { inks.deallocate() }
      try decoder.decompress(file, header: header, to: .inks, into: inks)
      let pixels = buffer.reserve(3 * header.pixels)
      convert(inks: inks, areInverted: JPEGMarkers(of: file).hasAdobeMarker, into: pixels)
      return .rgb(RGBPixels(try base(of: pixels), header: header))
    }
    // narrower ones libjpeg-turbo upsamples in another way, reduced ones not at all
    let isWhole = kind.width == header.storedWidth
    if kind.isHalfChroma, isWhole, header.pixels >= minPlanarPixels, header.storedWidth > 4 {
      let planes = buffer.reserve(YCCPixels.byteCount(header))
      try decoder.decompressPlanes(file, header: header, into: planes)
      return .ycc(YCCPixels(try base(of: planes), header: header))
    }
    let pixels = buffer.reserve(3 * header.pixels)
    try decoder.decompress(file, header: header, to: .rgb, into: pixels)
    return .rgb(RGBPixels(try base(of: pixels), header: header))
  }

  private static func base(of bytes: UnsafeMutableBufferPointer<UInt8>) throws -> UnsafePointer<UInt8> {
    guard let base = bytes.baseAddress else { throw PoseVaultError(.internal, "The pixel buffer is empty.") }
    return UnsafePointer(base)
  }

  /// Adobe's programs store 255 for no ink; then a colour is ink × key / 255.
  private static func convert(
    inks: UnsafeMutableBufferPointer<UInt8>, areInverted: Bool, into pixels: UnsafeMutableBufferPointer<UInt8>
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
