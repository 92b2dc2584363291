import CJPEG
import PoseCore

/// A libjpeg-turbo decompressor over one file, closed when it goes out of scope.
///
/// The file must outlive it.
struct JPEGDecoder: ~Copyable {
  private let decoder: OpaquePointer

  init(_ file: UnsafeRawBufferPointer) throws {
    guard let decoder = cjpeg_open(file.bindMemory(to: UInt8.self).baseAddress, file.count) else {
      throw PoseVaultError(.internal, "libjpeg-turbo has no memory left.")
    }
    self.decoder = decoder
  }

  deinit {
    cjpeg_close(decoder)
  }

  /// Call it once, before any decoding.
  func readHeader() throws -> cjpeg_header {
    var header = cjpeg_header()
    try check(cjpeg_read_header(decoder, &header))
    return header
  }

  /// Decodes to three bytes per pixel, red first, at 1/`divisor` (1, 2, 4 or 8) of the size, rounded up.
  func decode(divisor: Int, maxScans: Int, stop: StopFlag?, into pixels: UnsafeMutableBufferPointer<UInt8>) throws {
    try withStop(stop) { isStopped, context in
      cjpeg_decode_rgb(decoder, UInt32(divisor), UInt32(maxScans), isStopped, context, pixels.baseAddress)
    }
  }

  /// Leaves the components as they are: the planes that ``YCCPixels`` reads.
  func decodePlanes(
    _ header: ImageHeader, maxScans: Int, stop: StopFlag?, into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws {
    let stored = YCCPixels.storedChromaSize(header)
    let size = stored.width * stored.height
    guard let luma = planes.baseAddress, planes.count >= 6 * size else {
      throw PoseVaultError(.internal, "The pixel buffer is too small.")
    }
    try withStop(stop) { isStopped, context in
      cjpeg_decode_planes(
        decoder, UInt32(maxScans), isStopped, context, luma, luma + 4 * size, luma + 5 * size, stored.width)
    }
  }

  private func withStop(
    _ stop: StopFlag?, _ body: (cjpeg_stop, UnsafeRawPointer?) -> cjpeg_status
  ) throws {
    let context = stop.map { UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) }
    let isStopped: cjpeg_stop = { context in
      guard let context else { return 0 }
      return Unmanaged<StopFlag>.fromOpaque(context).takeUnretainedValue().isRaised ? 1 : 0
    }
    try check(withExtendedLifetime(stop) { body(isStopped, context) })
  }

  private func check(_ status: cjpeg_status) throws {
    switch status {
    case CJPEG_OK: return
    case CJPEG_STOPPED: throw CancellationError()
    case CJPEG_NO_MEMORY: throw PoseVaultError(.internal, "libjpeg-turbo has no memory left.")
    case CJPEG_TOO_MANY_SCANS: throw JPEG.tooManyScans()
    case CJPEG_UNSUPPORTED:
      throw PoseVaultError(.unsupportedImage, "This kind of JPEG isn't supported: \(message).")
    default: throw PoseVaultError(.corruptImage, "The JPEG picture is damaged or incomplete: \(message).")
    }
  }

  private var message: String { String(cString: cjpeg_message(decoder)) }
}
