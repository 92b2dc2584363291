import CTurboJPEG
import PoseCore

/// A libjpeg-turbo decompressor, closed when it goes out of scope.
struct JPEGDecoder: ~Copyable {
  struct Header {
    var width: Int
    var height: Int
    /// CMYK or YCCK.
    var hasInks: Bool
    /// Luma with chroma at half the width and height (4:2:0).
    var isHalfChroma: Bool
  }

  enum Output {
    /// Three bytes a pixel, red first.
    case rgb
    /// Four bytes a pixel: cyan, magenta, yellow and key, as stored.
    case inks
  }

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

  func readHeader(_ file: UnsafeRawBufferPointer) throws -> Header {
    var (width, height, subsampling, colorspace) = (Int32(0), Int32(0), Int32(0), Int32(0))
    let bytes = file.bindMemory(to: UInt8.self).baseAddress
    // It fails for warnings, too, and for samplings it has no name for, all of which decoding copes with; the size is
    // there then.
    let status = tjDecompressHeader3(
      handle, bytes, UInt(file.count), &width, &height, &subsampling, &colorspace)
    guard status == 0 || (width > 0 && height > 0 && colorspace >= 0) else { throw corrupt() }
    let space = TJCS(UInt32(bitPattern: colorspace))
    return Header(
      width: Int(width), height: Int(height), hasInks: space == TJCS_CMYK || space == TJCS_YCCK,
      isHalfChroma: space == TJCS_YCbCr && TJSAMP(UInt32(bitPattern: subsampling)) == TJSAMP_420)
  }

  func decompress(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, to output: Output,
    into pixels: UnsafeMutableBufferPointer<UInt8>
  ) throws {
    let format = output == .rgb ? TJPF_RGB : TJPF_CMYK
    let status = tjDecompress2(
      handle, file.bindMemory(to: UInt8.self).baseAddress, UInt(file.count), pixels.baseAddress,
      Int32(header.storedWidth), 0, Int32(header.storedHeight), format.rawValue, TJFLAG_LIMITSCANS)
    try check(status, file)
  }

  /// Leaves the components as they are: the planes that ``YCCPixels`` reads.
  func decompressPlanes(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws {
    let chroma = YCCPixels.chromaSize(header)
    let blue = planes.baseAddress.map { $0 + 4 * chroma.width * chroma.height }
    let red = blue.map { $0 + chroma.width * chroma.height }
    var starts = [planes.baseAddress, blue, red]
    var strides = [Int32(2 * chroma.width), Int32(chroma.width), Int32(chroma.width)]
    let status = tjDecompressToYUVPlanes(
      handle, file.bindMemory(to: UInt8.self).baseAddress, UInt(file.count), &starts, Int32(header.storedWidth),
      &strides, Int32(header.storedHeight), TJFLAG_LIMITSCANS)
    try check(status, file)
  }

  private func check(_ status: Int32, _ file: UnsafeRawBufferPointer) throws {
    guard status != 0 else { return }
    // Only the first warning can be asked for, so a cut file is looked for as well.
    let isTolerable =
      tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue)
      && Self.tolerableWarnings.contains { message.contains($0) } && JPEGMarkers.hasEnd(file)
    guard isTolerable else { throw corrupt() }
  }

  /// What cameras and editors get wrong without harm to the pixels, and OpenCV reads as well; all other warnings of
  /// libjpeg-turbo mean that pixels were guessed.
  private static let tolerableWarnings = [
    "extraneous bytes", "Invalid SOS parameters", "unknown JFIF revision", "Unknown Adobe color transform",
  ]

  private var message: String { String(cString: tjGetErrorStr2(handle)) }

  private func corrupt() -> PoseVaultError {
    if message.contains("Unsupported") {
      return PoseVaultError(.unsupportedImage, "JPEG pictures of this kind are not read: \(message).")
    }
    return PoseVaultError(.corruptImage, "The JPEG picture is damaged or cut short: \(message).")
  }
}
