import CJPEG
import CSpng
import Glibc
import PoseCore

extension RGBImage {
  /// As JPEG of quality 90 with full colour resolution, so that thin coloured lines stay sharp. Blocks.
  public func jpeg() throws -> [UInt8] {
    var bytes: UnsafeMutablePointer<UInt8>? = nil
    var count: UInt = 0
    defer { free(bytes) }
    let status = pixels.withUnsafeBufferPointer {
      cjpeg_encode_rgb($0.baseAddress, UInt32(width), UInt32(height), 90, &bytes, &count)
    }
    guard status == CJPEG_OK, let bytes else {
      throw PoseVaultError(.internal, "The JPEG can't be written: libjpeg-turbo has no memory left.")
    }
    return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
  }

  /// As PNG. Blocks.
  public func png() throws -> [UInt8] {
    guard let encoder = spng_ctx_new(Int32(SPNG_CTX_ENCODER.rawValue)) else {
      throw PoseVaultError(.internal, "libspng has no memory left.")
    }
    defer { spng_ctx_free(encoder) }
    func check(_ status: Int32) throws {
      guard status != 0 else { return }
      throw PoseVaultError(.internal, "The PNG can't be written: \(String(cString: spng_strerror(status))).")
    }
    var header = spng_ihdr()
    header.width = UInt32(width)
    header.height = UInt32(height)
    header.bit_depth = 8
    header.color_type = UInt8(SPNG_COLOR_TYPE_TRUECOLOR.rawValue)
    try check(spng_set_option(encoder, SPNG_ENCODE_TO_BUFFER, 1))
    try check(spng_set_ihdr(encoder, &header))
    try pixels.withUnsafeBytes {
      let format = Int32(SPNG_FMT_PNG.rawValue)
      let flags = Int32(SPNG_ENCODE_FINALIZE.rawValue)
      try check(spng_encode_image(encoder, $0.baseAddress, $0.count, format, flags))
    }
    var count = 0
    var status = Int32(0)
    let bytes = spng_get_png_buffer(encoder, &count, &status)
    defer { free(bytes) }
    try check(status)
    return Array(UnsafeRawBufferPointer(start: bytes, count: count))
  }
}
