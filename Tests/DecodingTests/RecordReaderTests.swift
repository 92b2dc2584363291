import Testing

@testable import Decoding

/// Bytes in memory; as a pipe, they end.
private final class Bytes: ByteSource {
  private var rest: ArraySlice<UInt8>
  /// The largest piece that was asked for.
  private(set) var largest = 0

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws {
    largest = max(largest, buffer.count)
    guard buffer.count <= rest.count else { throw RecordsCutOff() }
    buffer.copyBytes(from: rest.prefix(buffer.count))
    rest = rest.dropFirst(buffer.count)
  }
}

private func little(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

private func record(_ type: String, _ content: [UInt8]) -> [UInt8] {
  Array(type.utf8) + little(content.count, 4) + content
}

/// Records laid out by hand as the tables of Helper/README.md have them.
private enum Sample {
  static func picture(version: Int = 1, width: Int = 2, height: Int = 2, format: Int = 1) -> [UInt8] {
    record(
      "PICT",
      little(version, 2) + little(0, 2) + [width, height, 4, 4].flatMap { little($0, 4) } + little(10, 1)
        + little(format, 1) + little(0, 2))
  }

  static func clip(orientation: Int = 6, codec: String = "hevc") -> [UInt8] {
    var content = little(1, 2) + little(0, 2) + [2, 2, 2, 2].flatMap { little($0, 4) } + little(orientation, 1) + [8]
    content += [2, 2, 2, 0, 6, 0] + little(2_000_000_000, 8) + little(-1, 8)
    content += [30000, 1001, 0, 1].flatMap { little($0, 4) }
    content +=
      Array(codec.utf8) + [UInt8](repeating: 0, count: 16 - codec.utf8.count) + [UInt8](repeating: 0, count: 16)
    return record("CLIP", content)
  }

  static func frame(_ index: Int, time: Int, flags: Int = 0) -> [UInt8] {
    record("FRAM", little(index, 8) + little(time, 8) + little(flags, 4))
  }

  static func rows(_ first: Int, _ count: Int, _ pixels: [UInt8]) -> [UInt8] {
    record("ROWS", little(first, 4) + little(count, 4) + pixels)
  }

  static let pixels = (0..<12).map { UInt8($0) }

  static func done(given: Int, flags: Int = 0) -> [UInt8] {
    record("DONE", little(given, 8) + little(given + 1, 8) + little(3, 8) + little(0, 8) + little(flags, 4))
  }

  static func fail(_ number: Int, _ words: String = "words") -> [UInt8] {
    record("FAIL", little(number, 2) + little(0, 2) + Array(words.utf8))
  }
}

@Suite("The records of posevault-decode")
struct RecordReaderTests {
  private func picture(
    _ bytes: [UInt8], maxPixels: Int = 100
  ) throws -> (head: PictureHead, pixels: [UInt8]) {
    try picture(from: Bytes(bytes), maxPixels: maxPixels)
  }

  private func picture(from source: Bytes, maxPixels: Int) throws -> (head: PictureHead, pixels: [UInt8]) {
    var pixels = [UInt8](repeating: 0, count: 3 * maxPixels)
    let head = try pixels.withUnsafeMutableBufferPointer { buffer in
      try RecordReader(source: source, maxPixels: maxPixels).picture { .init(rebasing: buffer[..<$0]) }
    }
    return (head, Array(pixels[..<(3 * head.width * head.height)]))
  }

  @Test("a picture is read in pieces of whole rows")
  func wholePicture() throws {
    let read = try picture(
      Sample.picture() + Sample.rows(0, 1, Array(Sample.pixels[..<6])) + Sample.rows(1, 1, Array(Sample.pixels[6...]))
        + Sample.done(given: 1))
    let head = PictureHead(width: 2, height: 2, storedWidth: 4, storedHeight: 4, bits: 10, format: .heic)
    #expect(read.head == head)
    #expect(read.pixels == Sample.pixels)
  }

  @Test("a picture's head comes alone, and nothing else as one")
  func pictureHead() throws {
    func head(_ bytes: [UInt8]) throws -> PictureHead {
      try RecordReader(source: Bytes(bytes), maxPixels: 100).pictureHead()
    }
    #expect(try head(Sample.picture(format: 2) + Sample.done(given: 0)).format == .avif)
    #expect(throws: ProtocolViolation.self) { try head(Sample.picture() + Sample.done(given: 1)) }
    #expect(throws: ProtocolViolation.self) { try head(Sample.picture() + Sample.rows(0, 2, Sample.pixels)) }
    #expect(throws: RecordsCutOff.self) { try head(Sample.picture()) }
  }

  @Test("a clip's head, frames and end are read as they come")
  func wholeClip() throws {
    var heads: [ClipHead] = []
    var frames: [ClipFrame] = []
    let bytes =
      Sample.clip() + Sample.frame(0, time: 0) + Sample.rows(0, 2, Sample.pixels) + Sample.frame(5, time: -7, flags: 3)
      + Sample.rows(0, 2, Sample.pixels.reversed()) + Sample.done(given: 2, flags: 3)
    let ending = try RecordReader(source: Bytes(bytes), maxPixels: 4).clip(
      head: { heads.append($0) }, frame: { frames.append($0) })
    let head = try #require(heads.first)
    #expect(heads.count == 1)
    #expect(head.orientation == 6)
    #expect(head.duration == 2_000_000_000)
    #expect(head.frames == nil)
    #expect(head.rate == 30000.0 / 1001)
    #expect(head.codec == "hevc")
    #expect(frames.map(\.index) == [0, 5])
    #expect(frames.map(\.time) == [0, -7])
    #expect(frames.map(\.isDamaged) == [false, true])
    #expect(frames.map(\.isTimeGuessed) == [false, true])
    #expect(frames[1].pixels == Sample.pixels.reversed())
    #expect(ending == ClipEnding(given: 2, decoded: 3, damaged: 3, isCut: true, isPart: true))
  }

  static let violations: [(String, [UInt8])] = [
    ("another version", Sample.picture(version: 2)),
    ("another format", Sample.picture(format: 3)),
    ("no pixels", Sample.picture(width: 0)),
    ("a row too many pixels", Sample.picture(width: 10, height: 11)),
    ("a size that runs over", Sample.picture(width: 0xFFFF_FFFF, height: 0xFFFF_FFFF)),
    ("no letters as a type", record("\u{1}\u{2}CT", [])),
    ("a clip for a picture", Sample.clip()),
    ("a frame in a picture", Sample.picture() + Sample.frame(0, time: 0)),
    ("rows out of order", Sample.picture() + Sample.rows(1, 1, Array(Sample.pixels[..<6]))),
    ("more rows than there are", Sample.picture() + Sample.rows(0, 3, Sample.pixels + Sample.pixels[..<6])),
    ("rows that count wrong", Sample.picture() + Sample.rows(0, 2, Array(Sample.pixels[..<6]))),
    ("half a row", Sample.picture() + Sample.rows(0, 1, [1, 2, 3])),
    ("no rows", Sample.picture() + Sample.rows(0, 0, [])),
    ("an end before its rows", Sample.picture() + Sample.done(given: 1)),
    ("an unknown failure", Sample.fail(77)),
    ("a failure of a gigabyte", Array("FAIL".utf8) + little(1 << 30, 4)),
    ("a head of four gigabytes", Array("PICT".utf8) + little(0xFFFF_FFFF, 4)),
  ]

  @Test("whatever is not as documented is a violation, and takes no memory", arguments: violations)
  func violation(name: String, bytes: [UInt8]) {
    let source = Bytes(bytes)
    #expect(throws: ProtocolViolation.self, "\(name)") { try picture(from: source, maxPixels: 100) }
    #expect(source.largest <= 204)
  }

  @Test("a clip whose end counts other frames, or whose head is wrong, is a violation")
  func wrongClips() {
    let frame = Sample.frame(0, time: 0) + Sample.rows(0, 2, Sample.pixels)
    for bytes in [
      Sample.clip() + frame + Sample.done(given: 2), Sample.clip(orientation: 9), Sample.clip(codec: "h\nx"),
      Sample.clip() + Sample.clip(),
    ] {
      #expect(throws: ProtocolViolation.self) {
        try RecordReader(source: Bytes(bytes), maxPixels: 4).clip(head: { _ in }, frame: { _ in })
      }
    }
  }

  @Test("every cut of a whole answer is told from an answer")
  func cuts() {
    let whole = Sample.picture() + Sample.rows(0, 2, Sample.pixels) + Sample.done(given: 1)
    for count in 0..<whole.count {
      #expect(throws: RecordsCutOff.self) { try picture(Array(whole[..<count])) }
    }
  }

  @Test("a failure is told by its number, in place of any record")
  func failures() throws {
    for before in [[], Sample.picture(), Sample.picture() + Sample.rows(0, 1, Array(Sample.pixels[..<6]))] {
      let told = try #require(throws: ToldFailure.self) { try picture(before + Sample.fail(6)) }
      #expect(told.failure == .memory)
    }
  }
}
