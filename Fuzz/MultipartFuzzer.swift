#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Feeds a body to the multipart parser whole and in pieces, and wants the same from both.
///
/// The first byte of the input chooses how long the pieces are; the rest is the body, whose boundary is `b`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMultipart(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
  guard let start, count > 1 else { return 0 }
  let bytes = UnsafeRawBufferPointer(start: start, count: count)
  let body = UnsafeRawBufferPointer(rebasing: bytes[1...])
  let whole = Transcript(of: body, pieceLength: body.count)
  let pieces = Transcript(of: body, pieceLength: 1 + Int(bytes[0] % 64))
  if whole != pieces {
    print("whole: \(whole)\npieces: \(pieces)")
    abort()
  }
  for content in whole.contents where !body.holds(content) {
    print("made up: \(content)")
    abort()
  }
  return 0
}

extension UnsafeRawBufferPointer {
  /// Whether `bytes` stand in it, one after the other.
  fileprivate func holds(_ bytes: [UInt8]) -> Bool {
    guard let baseAddress, bytes.count <= count else { return bytes.isEmpty }
    return (0...count - bytes.count).contains { memcmp(baseAddress + $0, bytes, bytes.count) == 0 }
  }
}

/// What the parser told: each part and its content, and how it ended.
struct Transcript: Equatable {
  var parts: [MultipartPart] = []
  var contents: [[UInt8]] = []
  var ended: [Bool] = []
  var failure: MultipartParser.Failure?

  init(of body: UnsafeRawBufferPointer, pieceLength: Int) {
    var parser = MultipartParser(boundary: "b")
    do {
      var rest = body[...]
      while !rest.isEmpty {
        try parser.parse(UnsafeRawBufferPointer(rebasing: rest.prefix(pieceLength))) { add($0) }
        rest = rest.dropFirst(pieceLength)
      }
      try parser.finish()
    } catch {
      failure = error as? MultipartParser.Failure
      if failure == nil { abort() }
    }
  }

  private mutating func add(_ event: MultipartParser.Event) {
    switch event {
    case .begin(let part):
      parts.append(part)
      contents.append([])
      ended.append(false)
    case .content(let bytes):
      // events out of order, or empty ones, are faults too
      guard let last = ended.last, !last, !bytes.isEmpty else { abort() }
      contents[contents.count - 1] += bytes
    case .end:
      guard let last = ended.last, !last else { abort() }
      ended[ended.count - 1] = true
    }
  }
}
