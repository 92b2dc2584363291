import CJPEG
import PoseCore

/// JPEG through libjpeg-turbo, with its accurate DCT and smooth chroma upsampling, as OpenCV and MediaPipe read it.
enum JPEG {
  /// The number of pixels from which the planes are kept as they are, which halves the memory. At 12 megapixels that
  /// takes no longer; at 4 it adds a tenth to a picture's time compared with converting all of them.
  static let minPlanarPixels = 8_000_000

  static func header(of file: UnsafeRawBufferPointer) throws -> ImageHeader {
    let stored = try JPEGDecoder(file).readHeader()
    let markers = JPEGMarkers(of: file)
    var header = ImageHeader(
      format: .jpeg, storedWidth: Int(stored.width), storedHeight: Int(stored.height),
      orientation: markers.orientation)
    let hasPlanes = keepsPlanes(stored, header, minPixels: minPlanarPixels)
    header.decodingBytes =
      (hasPlanes ? YCCPixels.byteCount(header) : 3 * header.pixels) + Int(stored.coefficient_bytes)
    if stored.has_scans != 0 {
      let limit = maxScans(pixels: header.pixels)
      guard markers.countScans(in: file, upTo: limit + 1) <= limit else { throw tooManyScans() }
    }
    return header
  }

  /// Every scan goes through all coefficients, so scans × pixels bounds the time. Programs write up to 20 scans; 1,000
  /// megapixels take 10 s at most.
  static func maxScans(pixels: Int) -> Int {
    max(20, min(100, 1_000_000_000 / max(1, pixels)))
  }

  static func tooManyScans() -> PoseVaultError {
    PoseVaultError(
      .unsupportedImage,
      "This progressive JPEG has more scans than a picture of its size may have. Save it again as an ordinary JPEG.")
  }

  /// The sizes that libjpeg-turbo can decode to directly, by its fastest methods: the whole, a half, a quarter, an
  /// eighth.
  ///
  /// Returns the smallest whose longer side has at least `side` pixels.
  static func reducedSize(width: Int, height: Int, side: Int) -> (width: Int, height: Int) {
    func part(_ divisor: Int) -> (width: Int, height: Int) {
      ((width + divisor - 1) / divisor, (height + divisor - 1) / divisor)
    }
    return [8, 4, 2].map(part).first { max($0.width, $0.height) >= side } ?? (width, height)
  }

  /// - Parameter header: its stored size may be a reduced one; see ``reducedSize(width:height:side:)``.
  static func decode(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, into buffer: PixelBuffer,
    minPlanarPixels: Int = minPlanarPixels, stop: StopFlag? = nil
  ) throws -> DecodedImage.Pixels {
    let decoder = try JPEGDecoder(file)
    let stored = try decoder.readHeader()
    let width = Int(stored.width)
    let height = Int(stored.height)
    let divisor = [1, 2, 4, 8].first {
      (width + $0 - 1) / $0 == header.storedWidth && (height + $0 - 1) / $0 == header.storedHeight
    }
    guard let divisor else { throw PoseVaultError(.internal, "The picture's size differs from its header.") }
    let maxScans = maxScans(pixels: width * height)
    if divisor == 1, keepsPlanes(stored, header, minPixels: minPlanarPixels) {
      let planes = buffer.reserve(YCCPixels.byteCount(header))
      try decoder.decodePlanes(header, maxScans: maxScans, stop: stop, into: planes)
      return .ycc(YCCPixels(try base(of: planes), header: header))
    }
    let pixels = buffer.reserve(3 * header.pixels)
    try decoder.decode(divisor: divisor, maxScans: maxScans, stop: stop, into: pixels)
    return .rgb(RGBPixels(try base(of: pixels), header: header))
  }

  /// libjpeg-turbo upsamples narrower ones differently.
  private static func keepsPlanes(_ stored: cjpeg_header, _ header: ImageHeader, minPixels: Int) -> Bool {
    stored.is_half_chroma != 0 && header.pixels >= minPixels && header.storedWidth > 4
  }

  private static func base(of bytes: UnsafeMutableBufferPointer<UInt8>) throws -> UnsafePointer<UInt8> {
    guard let base = bytes.baseAddress else { throw PoseVaultError(.internal, "The pixel buffer is empty.") }
    return UnsafePointer(base)
  }
}
