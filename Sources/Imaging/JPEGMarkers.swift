/// What the segments before a JPEG's first scan tell that libjpeg-turbo's simple interface doesn't.
///
/// Source: ITU T.81, annex B; EXIF 2.32, 4.7.2; Adobe Technical Note 5116 for APP14.
struct JPEGMarkers {
  private(set) var orientation = Orientation.upright
  private(set) var hasAdobeMarker = false
  /// Where the first scan begins, or what comes before it ends.
  private let scan: Int

  init(of file: UnsafeRawBufferPointer) {
    var offset = 2
    var sawExif = false
    while offset + 4 <= file.count {
      guard file[offset] == 0xFF else {
        offset += 1  // stray bytes between segments
        continue
      }
      let marker = file[offset + 1]
      if marker == 0xFF || marker == 0x00 || marker == 0x01 || (0xD0...0xD8).contains(marker) {
        offset += marker == 0xFF ? 1 : 2  // fill bytes, and markers that stand alone
        continue
      }
      let length = Int(file[offset + 2]) << 8 | Int(file[offset + 3])
      if marker == 0xDA || length < 2 { break }
      let end = min(offset + 2 + length, file.count)
      let segment = UnsafeRawBufferPointer(rebasing: file[min(offset + 4, end)..<end])
      if marker == 0xE1, !sawExif, segment.count > 6, segment.prefix(6).elementsEqual("Exif\0\0".utf8) {
        orientation = Exif.orientation(inTIFF: UnsafeRawBufferPointer(rebasing: segment[6...]))
        sawExif = true
      } else if marker == 0xEE, segment.prefix(5).elementsEqual("Adobe".utf8) {
        hasAdobeMarker = true
      }
      offset = end
    }
    scan = min(offset, file.count)
  }

  /// Whether an end marker follows the start of the first scan.
  static func hasEnd(_ file: UnsafeRawBufferPointer) -> Bool {
    let scan = JPEGMarkers(of: file).scan
    return stride(from: file.count - 2, through: scan, by: -1).contains {
      file[$0] == 0xFF && file[$0 + 1] == 0xD9
    }
  }
}
