/// Reads the only EXIF tag that matters here.
enum Exif {
  /// The orientation in a TIFF structure (what follows `Exif\0\0`); nil if there is none or it is malformed.
  ///
  /// Some programs write it as a different integer type than the short that EXIF requires. At most 65,535 entries are
  /// read, the maximum for a directory.
  ///
  /// Source: TIFF 6.0, section 2: byte order, 42, offset of the first directory; then a count and 12-byte entries.
  static func orientation(inTIFF tiff: UnsafeRawBufferPointer) -> Orientation? {
    guard let reader = TIFFReader(tiff), let directory = reader.firstDirectory else { return nil }
    for index in 0..<reader.integer(2, at: directory) {
      let entry = directory + 2 + 12 * index
      guard entry + 12 <= tiff.count else { break }
      guard reader.integer(2, at: entry) == 0x0112, let size = sizes[reader.integer(2, at: entry + 2)] else { continue }
      // values of up to four bytes stand in the entry itself; of several, as Pillow and OpenCV do, the first counts
      guard (1...4 / size).contains(reader.integer(4, at: entry + 4)) else { continue }
      return UInt16(exactly: reader.integer(size, at: entry + 8)).flatMap(Orientation.init)
    }
    return nil
  }

  /// Sizes of TIFF's integers in bytes: BYTE, SHORT, LONG, and SBYTE, SSHORT, SLONG, none of which is negative if
  /// valid.
  private static let sizes = [1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4]
}

/// Numbers of a TIFF structure in its byte order.
private struct TIFFReader {
  private let bytes: UnsafeRawBufferPointer
  private let isLittleEndian: Bool

  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 8 else { return nil }
    switch (bytes[0], bytes[1]) {
    case (0x49, 0x49): isLittleEndian = true
    case (0x4D, 0x4D): isLittleEndian = false
    default: return nil
    }
    self.bytes = bytes
    guard integer(2, at: 2) == 42 else { return nil }
  }

  var firstDirectory: Int? {
    let offset = integer(4, at: 4)
    return offset >= 8 && offset + 2 <= bytes.count ? offset : nil
  }

  /// Unsigned, of `size` bytes, which must exist.
  func integer(_ size: Int, at offset: Int) -> Int {
    let part = bytes[offset..<offset + size]
    return isLittleEndian
      ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
  }
}
