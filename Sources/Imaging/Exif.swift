/// Reads the one EXIF tag that matters here.
enum Exif {
  /// The orientation in a TIFF structure (what follows `Exif\0\0`); upright where there is none or it is malformed.
  ///
  /// Source: TIFF 6.0, section 2: byte order, 42, offset of the first directory; then a count and 12-byte entries.
  static func orientation(inTIFF tiff: UnsafeRawBufferPointer) -> Orientation {
    guard tiff.count >= 8 else { return .upright }
    let isLittleEndian: Bool
    switch (tiff[0], tiff[1]) {
    case (0x49, 0x49): isLittleEndian = true
    case (0x4D, 0x4D): isLittleEndian = false
    default: return .upright
    }
    func short(at offset: Int) -> Int {
      let (a, b) = (Int(tiff[offset]), Int(tiff[offset + 1]))
      return isLittleEndian ? b << 8 | a : a << 8 | b
    }
    func long(at offset: Int) -> Int {
      let (a, b) = (short(at: offset), short(at: offset + 2))
      return isLittleEndian ? b << 16 | a : a << 16 | b
    }

    let directory = long(at: 4)
    guard short(at: 2) == 42, directory >= 8, directory + 2 <= tiff.count else { return .upright }
    for index in 0..<short(at: directory) {
      let entry = directory + 2 + 12 * index
      guard entry + 12 <= tiff.count else { break }
      if short(at: entry) == 0x0112, short(at: entry + 2) == 3, long(at: entry + 4) == 1 {
        return Orientation(rawValue: UInt16(short(at: entry + 8))) ?? .upright
      }
    }
    return .upright
  }
}
