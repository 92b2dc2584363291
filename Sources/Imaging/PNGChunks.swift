import PoseCore

/// A PNG file without the chunks that hold no pixels, to be read from its beginning to its end.
///
/// Text, times and colour profiles say nothing about the pixels, but libspng refuses the whole picture for what is odd in
/// them, and unpacks those that are compressed. So it doesn't get to see them. Where nothing but the end marker is missing,
/// or is cut off within such a chunk, an end is added.
///
/// Source: PNG specification, 5.3: after eight bytes, chunks of length, name, content and checksum; the name's first letter
/// is small where the picture can be read without the chunk.
final class PNGChunks {
  /// From the first eXIf chunk that has one. It may also stand behind the pixels.
  private(set) var orientation = Orientation.upright

  private let file: UnsafeRawBufferPointer
  /// What is read, one after the other.
  private var parts: [Range<Int>] = []
  /// Whether ``end`` is read behind the last part.
  private var needsEnd = false
  private var part = 0
  private var offset = 0

  private static let end: [UInt8] = [0, 0, 0, 0] + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]

  /// The file must outlive it.
  init(of file: UnsafeRawBufferPointer) {
    self.file = file
    var found: Orientation?
    var offset = min(8, file.count)
    add(0..<offset)
    needsEnd = true
    while offset + 8 <= file.count, needsEnd {
      let length = file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
      let name = file[offset + 4..<offset + 8]
      let end = offset + 12 + length
      let isCut = end > file.count
      let isEnd = name.elementsEqual("IEND".utf8)
      let isAncillary = file[offset + 4] & 0x20 != 0
      if !isAncillary, !(isCut && isEnd) {
        add(offset..<min(end, file.count))
        // pixels that are cut off are for libspng to miss
        needsEnd = !isEnd && !isCut
      }
      if isCut { break }
      if found == nil, name.elementsEqual("eXIf".utf8), hasRightChecksum(offset..<end) {
        found = Exif.orientation(inTIFF: UnsafeRawBufferPointer(rebasing: file[offset + 8..<end - 4]))
      }
      offset = end
    }
    orientation = found ?? .upright
    self.offset = parts.first?.lowerBound ?? 0
  }

  /// Fills `target` with the next bytes; false where there are not that many.
  func read(into target: UnsafeMutableRawBufferPointer) -> Bool {
    var filled = 0
    while filled < target.count, part < parts.count {
      let count = min(target.count - filled, parts[part].upperBound - offset)
      target[filled...].copyBytes(from: file[offset..<offset + count])
      filled += count
      offset += count
      if offset == parts[part].upperBound {
        part += 1
        offset = part < parts.count ? parts[part].lowerBound : 0
      }
    }
    guard filled < target.count, needsEnd else { return filled == target.count }
    // the end that is added is the last part, and its place is counted on
    let count = min(target.count - filled, Self.end.count - offset)
    target[filled...].copyBytes(from: Self.end[offset..<offset + count])
    offset += count
    return filled + count == target.count
  }

  private func add(_ range: Range<Int>) {
    if let last = parts.last, last.upperBound == range.lowerBound {
      parts[parts.count - 1] = last.lowerBound..<range.upperBound
    } else {
      parts.append(range)
    }
  }

  /// Of the chunk's name and content. libpng leaves a chunk out where it is wrong.
  private func hasRightChecksum(_ chunk: Range<Int>) -> Bool {
    let stored = file[chunk.upperBound - 4..<chunk.upperBound].reduce(0) { $0 << 8 | UInt32($1) }
    return CRC32.of(file[chunk.lowerBound + 4..<chunk.upperBound - 4]) == stored
  }
}
