import CSpng
import PoseCore

/// All kinds of PNG through libspng. Transparency is dropped and 16 bits are cut to 8, as OpenCV and MediaPipe read it.
enum PNG {
  static func header(of file: UnsafeRawBufferPointer) throws -> ImageHeader {
    let chunks = PNGChunks(of: file)
    let decoder = try PNGDecoder(chunks)
    try decoder.open()
    let stored = try decoder.readHeader()
    var header = ImageHeader(
      format: .png, storedWidth: Int(stored.width), storedHeight: Int(stored.height), orientation: chunks.orientation)
    // besides the pixels, libspng keeps up to four rows of at most eight bytes a pixel
    header.decodingBytes = 3 * header.pixels + 4 * 8 * header.storedWidth
    return header
  }

  static func decode(
    _ file: UnsafeRawBufferPointer, header: ImageHeader, into buffer: PixelBuffer, stop: StopFlag? = nil
  ) throws -> RGBPixels {
    let decoder = try PNGDecoder(PNGChunks(of: file))
    try decoder.open()
    let stored = try decoder.readHeader()
    guard Int(stored.width) == header.storedWidth, Int(stored.height) == header.storedHeight else {
      throw PoseVaultError(.internal, "The picture's size differs from its header.")
    }
    let pixels = try decoder.decode(
      rowBytes: 3 * header.storedWidth, into: buffer.reserve(3 * header.pixels), stop: stop)
    return RGBPixels(pixels, header: header)
  }
}

/// A libspng decoder, closed when it goes out of scope.
private struct PNGDecoder: ~Copyable {
  private let context: OpaquePointer
  /// What libspng reads from; kept alive for it.
  private let chunks: PNGChunks

  init(_ chunks: PNGChunks) throws {
    guard let context = spng_ctx_new(0) else {
      throw PoseVaultError(.internal, "libspng has no memory left.")
    }
    self.context = context
    self.chunks = chunks
  }

  deinit {
    spng_ctx_free(context)
  }

  /// Call it once, before reading anything.
  func open() throws {
    let source = Unmanaged.passUnretained(chunks).toOpaque()
    let status = spng_set_png_stream(
      context,
      { _, source, target, count in
        guard let source, let target else { return Int32(SPNG_IO_ERROR.rawValue) }
        let chunks = Unmanaged<PNGChunks>.fromOpaque(source).takeUnretainedValue()
        let isRead = chunks.read(into: UnsafeMutableRawBufferPointer(start: target, count: count))
        return isRead ? 0 : Int32(SPNG_IO_EOF.rawValue)
      }, source)
    try check(status)
  }

  func readHeader() throws -> spng_ihdr {
    var header = spng_ihdr()
    try check(spng_get_ihdr(context, &header))
    return header
  }

  /// Decodes to three bytes per pixel, red first.
  func decode(
    rowBytes: Int, into pixels: UnsafeMutableBufferPointer<UInt8>, stop: StopFlag?
  ) throws -> UnsafePointer<UInt8> {
    guard let base = pixels.baseAddress else { throw PoseVaultError(.internal, "The pixel buffer is empty.") }
    let flags = Int32(SPNG_DECODE_PROGRESSIVE.rawValue)
    try check(spng_decode_image(context, nil, 0, Int32(SPNG_FMT_RGB8.rawValue), flags))
    var row = spng_row_info()
    var status: Int32 = 0
    while status == 0 {
      try stop?.check()
      status = spng_get_row_info(context, &row)
      guard status == 0 else { break }
      let offset = Int(row.row_num) * rowBytes
      guard offset + rowBytes <= pixels.count else { throw PoseVaultError(.internal, "The pixel buffer is too small.") }
      status = spng_decode_row(context, base + offset, rowBytes)
    }
    if status != Int32(SPNG_EOI.rawValue) { try check(status) }
    try check(spng_decode_chunks(context))  // checks the last data's checksum, too
    return UnsafePointer(base)
  }

  private func check(_ status: Int32) throws {
    guard status != 0 else { return }
    throw PoseVaultError(
      .corruptImage, "The PNG picture is damaged or incomplete: \(String(cString: spng_strerror(status))).")
  }
}
