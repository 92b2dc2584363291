import CSpng
import PoseCore

/// PNG of every kind through libspng. Transparency is dropped and 16 bits are cut to 8, as OpenCV and MediaPipe read it.
enum PNG {
  static func header(of file: UnsafeRawBufferPointer) throws -> (size: (Int, Int), Orientation) {
    let decoder = try Decoder()
    try decoder.open(file)
    let header = try decoder.readHeader()
    return ((Int(header.width), Int(header.height)), orientation(of: file))
  }

  /// Decodes into `pixels`, three bytes each, red first.
  static func decode(_ file: UnsafeRawBufferPointer, into pixels: UnsafeMutableRawBufferPointer) throws {
    let decoder = try Decoder()
    try decoder.open(file)
    try decoder.decode(into: pixels)
  }

  /// From an eXIf chunk, which may also stand behind the pixels, where libspng would have to decode them to see it.
  ///
  /// Source: PNG specification, 5.3: after eight bytes, chunks of length, name, content and checksum.
  private static func orientation(of file: UnsafeRawBufferPointer) -> Orientation {
    var offset = 8
    while offset + 12 <= file.count {
      let length = (0..<4).reduce(0) { $0 << 8 | Int(file[offset + $1]) }
      let end = offset + 8 + length
      guard end + 4 <= file.count else { break }
      if file[offset + 4..<offset + 8].elementsEqual("eXIf".utf8) {
        return Exif.orientation(inTIFF: UnsafeRawBufferPointer(rebasing: file[offset + 8..<end]))
      }
      offset = end + 4
    }
    return .upright
  }
}

/// A libspng decoder over a file in memory, closed when it goes out of scope.
private struct Decoder: ~Copyable {
  /// Ancillary chunks (text, colour profiles) may not take more than this together.
  private static let maxChunkBytes = 8 << 20

  private let context: OpaquePointer

  init() throws {
    guard let context = spng_ctx_new(0) else {
      throw PoseVaultError(.internal, "libspng has no memory left.")
    }
    self.context = context
  }

  deinit {
    spng_ctx_free(context)
  }

  func open(_ file: UnsafeRawBufferPointer) throws {
    // A wrong checksum of a chunk that holds no pixels is no reason to refuse the picture.
    spng_set_crc_action(context, Int32(SPNG_CRC_ERROR.rawValue), Int32(SPNG_CRC_DISCARD.rawValue))
    spng_set_chunk_limits(context, Self.maxChunkBytes, Self.maxChunkBytes)
    try check(spng_set_png_buffer(context, file.baseAddress, file.count))
  }

  func readHeader() throws -> spng_ihdr {
    var header = spng_ihdr()
    try check(spng_get_ihdr(context, &header))
    return header
  }

  func decode(into pixels: UnsafeMutableRawBufferPointer) throws {
    try check(spng_decode_image(context, pixels.baseAddress, pixels.count, Int32(SPNG_FMT_RGB8.rawValue), 0))
    try check(spng_decode_chunks(context))  // up to the end marker: a file without it was cut short
  }

  private func check(_ status: Int32) throws {
    guard status != 0 else { return }
    throw PoseVaultError(
      .corruptImage, "The PNG picture is damaged or cut short: \(String(cString: spng_strerror(status))).")
  }
}
