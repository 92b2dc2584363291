import PoseCore

/// A PNG file without the chunks that contain no pixels, to be read from beginning to end.
///
/// Text, times, colour profiles and palettes that only suggest colours say nothing about the pixels, but libspng
/// refuses the whole picture if something in them is odd, and decompresses those that are compressed. So it doesn't get
/// to see them. The end chunk is always our own, whether the file's is missing, cut off or odd, and truncated pixel
/// data gets the length and checksum of what is left of it: libspng decides whether it is enough.
///
/// Source: PNG specification, 5.3: after eight bytes, chunks of length, name, content and checksum; the name's first
/// letter is lower case if the picture can be read without the chunk.
final class PNGChunks {
  /// From the first eXIf chunk that has one, which may also come after the pixels.
  private(set) var orientation = Orientation.upright

  private enum Part {
    case file(Range<Int>)
    case own([UInt8])
  }

  private let file: UnsafeRawBufferPointer
  /// The parts to read, in order.
  private var parts: [Part] = []
  private var part = 0
  /// Within the part.
  private var offset = 0

  private static let end: [UInt8] = [0, 0, 0, 0] + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]

  /// The file must outlive it.
  init(of file: UnsafeRawBufferPointer) {
    self.file = file
    var found: Orientation?
    var offset = min(8, file.count)
    add(0..<offset)
    var hasEnd = true
    while offset + 8 <= file.count {
      let length = file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
      let name = file[offset + 4..<offset + 8]
      let end = offset + 12 + length
      let isCut = end > file.count
      let isAncillary = file[offset + 4] & 0x20 != 0
      // what stands behind the pixels in a file that was not written to its end, or in one for which room was kept
      if name.elementsEqual("IEND".utf8) || name.allSatisfy({ $0 == 0 }) { break }
      if name.elementsEqual("IDAT".utf8), isCut {
        addCutData(offset + 8..<min(offset + 8 + length, file.count))
      } else if !isAncillary, !(name.elementsEqual("PLTE".utf8) && !hasPalette) {
        add(offset..<min(end, file.count))
      }
      if isCut {
        // what says how pixels are to be read, and is not all there, is for libspng to miss
        hasEnd = isAncillary || name.elementsEqual("IDAT".utf8)
        break
      }
      if found == nil, name.elementsEqual("eXIf".utf8), hasRightChecksum(offset..<end) {
        found = Exif.orientation(inTIFF: UnsafeRawBufferPointer(rebasing: file[offset + 8..<end - 4]))
      }
      offset = end
    }
    if hasEnd { parts.append(.own(Self.end)) }
    orientation = found ?? .upright
  }

  /// Fills `target` with the next bytes; false if there are not that many.
  func read(into target: UnsafeMutableRawBufferPointer) -> Bool {
    var filled = 0
    while filled < target.count, part < parts.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[filled...])
      let left: Int
      switch parts[part] {
      case .file(let range):
        left = range.count - offset
        let begin = range.lowerBound + offset
        rest.copyBytes(from: file[begin..<begin + min(left, rest.count)])
      case .own(let bytes):
        left = bytes.count - offset
        rest.copyBytes(from: bytes[offset..<offset + min(left, rest.count)])
      }
      filled += min(left, rest.count)
      offset += min(left, rest.count)
      if left <= rest.count {
        part += 1
        offset = 0
      }
    }
    return filled == target.count
  }

  /// Whether the pixels are palette indexes, according to the first chunk, which must be IHDR.
  private var hasPalette: Bool { file.count > 25 && file[25] == 3 }

  /// Adds pixel data that the end of the file cuts off.
  private func addCutData(_ data: Range<Int>) {
    // the name stands right before them, and the checksum counts it
    let checksum = CRC32.of(file[data.lowerBound - 4..<data.upperBound])
    parts.append(.own(Self.bigEndian(UInt32(truncatingIfNeeded: data.count))))
    add(data.lowerBound - 4..<data.upperBound)
    parts.append(.own(Self.bigEndian(checksum)))
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  private func add(_ range: Range<Int>) {
    if case .file(let last)? = parts.last, last.upperBound == range.lowerBound {
      parts[parts.count - 1] = .file(last.lowerBound..<range.upperBound)
    } else if !range.isEmpty {
      parts.append(.file(range))
    }
  }

  /// Of the chunk's name and content. libpng ignores a chunk if it is wrong.
  private func hasRightChecksum(_ chunk: Range<Int>) -> Bool {
    let stored = file[chunk.upperBound - 4..<chunk.upperBound].reduce(0) { $0 << 8 | UInt32($1) }
    return CRC32.of(file[chunk.lowerBound + 4..<chunk.upperBound - 4]) == stored
  }
}
