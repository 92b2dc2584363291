import Glibc

/// What a JPEG's markers say that libjpeg-turbo doesn't report.
///
/// Source: ITU T.81, annex B; EXIF 2.32, 4.7.2.
struct JPEGMarkers {
  /// From the first EXIF segment that has an orientation.
  private(set) var orientation = Orientation.upright
  /// Where the first scan begins, or where the part before it ends.
  private let scan: Int

  init(of file: UnsafeRawBufferPointer) {
    var offset = 2
    var found: Orientation?
    while let marker = Self.marker(in: file, from: &offset) {
      if marker.kind == Self.startOfScan { break }
      let segment = UnsafeRawBufferPointer(rebasing: file[marker.content])
      if marker.kind == 0xE1, found == nil, segment.prefix(6).elementsEqual("Exif\0\0".utf8) {
        found = Exif.orientation(inTIFF: UnsafeRawBufferPointer(rebasing: segment[6...]))
      }
      offset = marker.content.upperBound
    }
    orientation = found ?? .upright
    scan = min(offset, file.count)
  }

  /// The scans up to the end marker, counting no more than `limit`.
  func countScans(in file: UnsafeRawBufferPointer, upTo limit: Int) -> Int {
    var offset = scan
    var count = 0
    while count < limit, let marker = Self.marker(in: file, from: &offset) {
      if marker.kind == Self.startOfScan { count += 1 }
      offset = marker.content.upperBound
    }
    return count
  }

  private static let startOfScan: UInt8 = 0xDA
  private static let end: UInt8 = 0xD9

  /// The next marker with a segment, at or after `offset`, and the position of its content; nil after the last one.
  private static func marker(
    in file: UnsafeRawBufferPointer, from offset: inout Int
  ) -> (kind: UInt8, content: Range<Int>)? {
    guard let start = file.baseAddress else { return nil }
    while offset + 4 <= file.count {
      // stray bytes between segments, or a scan's data
      guard let next = memchr(start + offset, 0xFF, file.count - offset) else { return nil }
      offset = start.distance(to: UnsafeRawPointer(next))
      guard offset + 4 <= file.count else { return nil }
      let kind = file[offset + 1]
      if kind == 0xFF || kind == 0x00 || kind == 0x01 || (0xD0...0xD8).contains(kind) {
        offset += kind == 0xFF ? 1 : 2  // fill bytes, and markers that stand alone
        continue
      }
      let length = Int(file[offset + 2]) << 8 | Int(file[offset + 3])
      guard kind != end, length >= 2 else { return nil }
      return (kind, min(offset + 4, file.count)..<min(offset + 2 + length, file.count))
    }
    return nil
  }
}
