/// Provides the records.
protocol ByteSource: AnyObject {
  /// Fills all of `buffer`; throws ``RecordsCutOff`` if there are fewer bytes.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws
}

/// Reads the helper's records (Helper/README.md) without trusting them: a decoder that was taken over may write
/// anything, but gets no more memory than `maxPixels` takes.
struct RecordReader {
  private let source: any ByteSource
  private let maxPixels: Int

  init(source: any ByteSource, maxPixels: Int) {
    self.source = source
    self.maxPixels = maxPixels
  }

  /// The head of a picture, and nothing after it. Throws ``ProtocolViolation``, ``RecordsCutOff``, or the reported
  /// ``DecodingFailure``.
  func pictureHead() throws -> PictureHead {
    let head = try readPictureHead()
    try expectDone(given: 0)
    return head
  }

  /// The whole picture: upright, 8-bit R, G, B by rows from the top, without padding. Throws as ``pictureHead()`` does.
  ///
  /// - Parameter reserve: provides a buffer of that many bytes; called once, when the size is known.
  func picture(into reserve: (_ bytes: Int) throws -> UnsafeMutableBufferPointer<UInt8>) throws -> PictureHead {
    let head = try readPictureHead()
    let bytes = head.width * head.height * 3
    let room = try reserve(bytes)
    guard room.count == bytes else { throw ProtocolViolation(description: "no room for \(bytes) bytes") }
    try readRows(width: head.width, height: head.height, into: room)
    try expectDone(given: 1)
    return head
  }

  /// A clip: `head` first, then each frame as it arrives. Throws as ``picture(into:)`` does, and whatever the two
  /// throw.
  func clip(head hear: (ClipHead) throws -> Void, frame give: (ClipFrame) throws -> Void) throws -> ClipEnding {
    let head = try clipHead()
    try hear(head)
    var given = 0
    while true {
      let (type, length) = try recordHead()
      switch type {
      case "FRAM":
        try give(frame(length: length, head: head))
        given += 1
      case "DONE":
        let ending = try ending(length: length)
        guard ending.given == given else { throw ProtocolViolation(description: "another number of frames") }
        return ending
      default: return try refuse(type, length: length)
      }
    }
  }

  private func readPictureHead() throws -> PictureHead {
    var head = try content(of: "PICT", length: 24)
    try checkVersion(&head)
    _ = head.number(UInt16.self)
    let (width, height) = try size(&head)
    let (storedWidth, storedHeight) = try size(&head)
    let bits = Int(head.number(UInt8.self))
    guard let format = PictureHead.Format(rawValue: head.number(UInt8.self)) else {
      throw ProtocolViolation(description: "an unknown format")
    }
    return PictureHead(
      width: width, height: height, storedWidth: storedWidth, storedHeight: storedHeight, bits: bits, format: format)
  }

  private func expectDone(given: UInt64) throws {
    var end = try content(of: "DONE", length: 36)
    guard end.number(UInt64.self) == given else { throw ProtocolViolation(description: "not \(given) pictures") }
  }

  private func clipHead() throws -> ClipHead {
    var head = try content(of: "CLIP", length: 92)
    try checkVersion(&head)
    _ = head.number(UInt16.self)
    let (width, height) = try size(&head)
    _ = (head.number(UInt32.self), head.number(UInt32.self))
    let orientation = Int(head.number(UInt8.self))
    guard 1...8 ~= orientation else { throw ProtocolViolation(description: "orientation \(orientation)") }
    let bits = Int(head.number(UInt8.self))
    // primaries, transfer, matrix, range, the matrix used, the mapping
    for _ in 0..<6 { _ = head.number(UInt8.self) }
    let duration = head.number(Int64.self)
    let frames = head.number(Int64.self)
    let numerator = head.number(UInt32.self)
    let denominator = head.number(UInt32.self)
    _ = (head.number(UInt32.self), head.number(UInt32.self))
    let codec = head.bytes(16).prefix { $0 != 0 }
    guard codec.allSatisfy({ 0x21...0x7E ~= $0 }) else { throw ProtocolViolation(description: "a codec's name") }
    return ClipHead(
      width: width, height: height, orientation: orientation, bits: bits, duration: duration < 0 ? nil : Int(duration),
      frames: frames < 0 ? nil : Int(frames),
      rate: numerator == 0 || denominator == 0 ? nil : Double(numerator) / Double(denominator),
      codec: String(decoding: codec, as: UTF8.self))
  }

  private func frame(length: Int, head: ClipHead) throws -> ClipFrame {
    var content = try content("FRAM", length: length, expected: 20)
    let index = content.number(UInt64.self)
    let time = content.number(Int64.self)
    let flags = content.number(UInt32.self)
    guard let number = Int(exactly: index) else { throw ProtocolViolation(description: "a frame's number") }
    let pixels = try rows(width: head.width, height: head.height)
    return ClipFrame(
      index: number, time: Int(time), isDamaged: flags & 1 != 0, isTimeGuessed: flags & 2 != 0, pixels: pixels)
  }

  private func ending(length: Int) throws -> ClipEnding {
    var content = try content("DONE", length: length, expected: 36)
    let numbers = (0..<3).map { _ in Int(clamping: content.number(UInt64.self)) }
    _ = content.number(Int64.self)
    let flags = content.number(UInt32.self)
    return ClipEnding(
      given: numbers[0], decoded: numbers[1], damaged: numbers[2], isCut: flags & 1 != 0, isPart: flags & 2 != 0)
  }

  private func rows(width: Int, height: Int) throws -> [UInt8] {
    let bytes = width * height * 3
    return try [UInt8](unsafeUninitializedCapacity: bytes) { buffer, count in
      try readRows(width: width, height: height, into: UnsafeMutableBufferPointer(rebasing: buffer[..<bytes]))
      count = bytes
    }
  }

  /// All rows, each once and in order, read directly into place.
  private func readRows(width: Int, height: Int, into buffer: UnsafeMutableBufferPointer<UInt8>) throws {
    let row = width * 3
    var next = 0
    while next < height {
      let (type, length) = try recordHead()
      guard type == "ROWS" else { return try refuse(type, length: length) }
      guard length > 8, (length - 8) % row == 0 else {
        throw ProtocolViolation(description: "rows of \(length) bytes")
      }
      var head = try Content(bytes: read(8))
      let first = Int(head.number(UInt32.self))
      let rows = Int(head.number(UInt32.self))
      guard first == next, rows == (length - 8) / row, rows <= height - next else {
        throw ProtocolViolation(description: "rows \(first) to \(first + rows) of \(height)")
      }
      let place = UnsafeMutableRawBufferPointer(buffer)[next * row..<(next + rows) * row]
      try source.fill(UnsafeMutableRawBufferPointer(rebasing: place))
      next += rows
    }
  }

  private func size(_ head: inout Content) throws -> (width: Int, height: Int) {
    let width = Int(head.number(UInt32.self))
    let height = Int(head.number(UInt32.self))
    guard width > 0, height > 0, width <= maxPixels / height else {
      throw ProtocolViolation(description: "\(width) × \(height) pixels")
    }
    return (width, height)
  }

  private func checkVersion(_ head: inout Content) throws {
    let version = head.number(UInt16.self)
    guard version == 1 else { throw ProtocolViolation(description: "version \(version) of the protocol") }
  }

  /// The next record's content, which must have this type and length.
  private func content(of type: String, length expected: Int) throws -> Content {
    let (found, length) = try recordHead()
    guard found == type else { return try refuse(found, length: length) }
    return try content(type, length: length, expected: expected)
  }

  private func content(_ type: String, length: Int, expected: Int) throws -> Content {
    guard length == expected else { throw ProtocolViolation(description: "\(type) of \(length) bytes") }
    return try Content(bytes: read(length))
  }

  /// An unexpected record: the failure it reports, or a violation.
  private func refuse<Wanted>(_ type: String, length: Int) throws -> Wanted {
    guard type == "FAIL", 4...204 ~= length else { throw ProtocolViolation(description: "\(type) of \(length) bytes") }
    var content = try Content(bytes: read(length))
    let number = content.number(UInt16.self)
    guard let failure = DecodingFailure(rawValue: number) else {
      throw ProtocolViolation(description: "failure \(number)")
    }
    throw ToldFailure(failure: failure)
  }

  private func recordHead() throws -> (type: String, length: Int) {
    var head = try Content(bytes: read(8))
    let type = head.bytes(4)
    guard type.allSatisfy({ 0x41...0x5A ~= $0 }) else { throw ProtocolViolation(description: "a record's type") }
    return (String(decoding: type, as: UTF8.self), Int(head.number(UInt32.self)))
  }

  /// A small number of bytes.
  private func read(_ count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      try source.fill(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count])))
      initialized = count
    }
  }
}

/// Fields in sequence. Whoever creates it has checked the length.
private struct Content {
  private let content: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { content = bytes }

  mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
    var value = Number.zero
    for (place, byte) in bytes(MemoryLayout<Number>.size).enumerated() {
      value |= Number(truncatingIfNeeded: byte) << (8 * place)
    }
    return value
  }

  mutating func bytes(_ count: Int) -> ArraySlice<UInt8> {
    defer { position += count }
    return content[position..<position + count]
  }
}
