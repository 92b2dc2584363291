#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Parses a `multipart/form-data` body (RFC 7578, RFC 2046) that arrives in pieces of any length.
///
/// Holds at most one part's header block; a part's content is passed on as it arrives. Content may be split over any
/// number of ``Event/content(_:)`` events, none of them empty.
struct MultipartParser {
  enum Event {
    case begin(MultipartPart)
    /// Valid only during the call.
    case content(UnsafeRawBufferPointer)
    case end
  }

  enum Failure: Error, Equatable {
    case boundaryMissing
    case lineEnding
    case malformedBoundaryLine
    case malformedHeader
    case headerTooLong
    case preambleTooLong
    case tooManyParts
    case truncated
  }

  struct Limits {
    /// Of one part's header block, in bytes.
    var header = 8 * 1024
    /// Of the text before the first boundary, in bytes.
    var preamble = 8 * 1024
    var parts = 100
  }

  private enum State {
    case preamble, content
    /// After a boundary: `--`, or white space and the end of the line.
    case boundaryLine
    case header
    case epilogue
  }

  /// CR LF `--` boundary. A boundary contains no CR, so only the first byte is one: after a mismatch, a new match can
  /// only begin at the mismatched byte.
  private let delimiter: [UInt8]
  private let limits: Limits
  private var state = State.preamble
  /// How many bytes of the delimiter have been seen; the beginning of the body counts as the end of a line.
  private var matched = 2
  /// How many of those belong to what precedes the content, and so are not content after a mismatch.
  private var borrowed = 2
  private var preambleLength = 0
  private var parts = 0
  /// The header block so far, or what follows a boundary on its line.
  private var line: [UInt8] = []

  /// - Parameter boundary: 1…70 bytes without line breaks, from ``MultipartBoundary`` and the `Content-Type`.
  init(boundary: String, limits: Limits = Limits()) {
    delimiter = Array("\r\n--".utf8) + Array(boundary.utf8)
    self.limits = limits
  }

  /// Takes the next piece; throws ``Failure``, or what `handle` throws, after which the parser must not be used.
  mutating func parse(_ bytes: UnsafeRawBufferPointer, _ handle: (Event) throws -> Void) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      switch state {
      case .preamble: try skipPreamble(&rest)
      case .content: try passContent(&rest, handle)
      case .boundaryLine: try readBoundaryLine(rest.removeFirst())
      case .header: try readHeader(rest.removeFirst(), handle)
      case .epilogue: return
      }
    }
  }

  /// Call it at the end of the body.
  func finish() throws {
    switch state {
    case .epilogue: return
    // a body may end right behind the closing boundary's dashes
    case .boundaryLine where line == Self.dashes: return
    case .preamble: throw Failure.boundaryMissing
    default: throw Failure.truncated
    }
  }

  private mutating func skipPreamble(_ rest: inout Slice<UnsafeRawBufferPointer>) throws {
    let before = rest.count
    let found = try findDelimiter(&rest) { _ in }
    preambleLength += before - rest.count
    if found { beginBoundaryLine() }
    guard preambleLength <= limits.preamble + delimiter.count else { throw Failure.preambleTooLong }
  }

  private mutating func passContent(
    _ rest: inout Slice<UnsafeRawBufferPointer>, _ handle: (Event) throws -> Void
  ) throws {
    if try findDelimiter(&rest, { try handle(.content($0)) }) {
      try handle(.end)
      beginBoundaryLine()
    }
  }

  /// Consumes everything up to the end of the delimiter, passing on what is not part of it; false if the piece ends
  /// first.
  private mutating func findDelimiter(
    _ rest: inout Slice<UnsafeRawBufferPointer>, _ pass: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    while let byte = rest.first {
      if matched == 0 {
        let run = UnsafeRawBufferPointer(rebasing: rest)
        let length = Self.lengthBeforeCR(run)
        if length > 0 { try pass(UnsafeRawBufferPointer(rebasing: run[..<length])) }
        rest = rest.dropFirst(length)
        if !rest.isEmpty {
          rest.removeFirst()
          matched = 1
          borrowed = 0
        }
      } else if byte == delimiter[matched] {
        rest.removeFirst()
        matched += 1
        if matched == delimiter.count { return true }
      } else {
        let held = borrowed..<matched
        matched = 0
        borrowed = 0
        if !held.isEmpty { try delimiter.withUnsafeBytes { try pass(UnsafeRawBufferPointer(rebasing: $0[held])) } }
      }
    }
    return false
  }

  private mutating func beginBoundaryLine() {
    state = .boundaryLine
    line.removeAll(keepingCapacity: true)
  }

  private mutating func readBoundaryLine(_ byte: UInt8) throws {
    switch (line, byte) {
    case (Self.dashes, _):
      state = .epilogue
    case ([], Self.dash), ([Self.dash], Self.dash):
      line.append(byte)
    case ([], Self.space), ([], Self.tab):
      break  // padding that a gateway may have added
    case ([], Self.cr):
      line.append(byte)
    case ([Self.cr], Self.lf):
      parts += 1
      guard parts <= limits.parts else { throw Failure.tooManyParts }
      state = .header
      line.removeAll(keepingCapacity: true)
    case ([], Self.lf):
      throw Failure.lineEnding
    default:
      throw Failure.malformedBoundaryLine
    }
  }

  private mutating func readHeader(_ byte: UInt8, _ handle: (Event) throws -> Void) throws {
    line.append(byte)
    guard line.count <= limits.header else { throw Failure.headerTooLong }
    guard byte == Self.lf else { return }
    guard line.dropLast().last == Self.cr else { throw Failure.lineEnding }
    guard line.count == 2 || line.suffix(4) == Self.blankLine else { return }
    try handle(.begin(MultipartPart(header: line)))
    state = .content
    // the blank line also ends the line before a boundary that follows at once
    matched = 2
    borrowed = 2
  }

  private static func lengthBeforeCR(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let start = bytes.baseAddress, let found = memchr(start, Int32(cr), bytes.count) else { return bytes.count }
    return UnsafeRawPointer(found) - start
  }

  private static let cr = UInt8(ascii: "\r")
  private static let lf = UInt8(ascii: "\n")
  private static let dash = UInt8(ascii: "-")
  private static let space = UInt8(ascii: " ")
  private static let tab = UInt8(ascii: "\t")
  private static let dashes = [dash, dash]
  private static let blankLine = Array("\r\n\r\n".utf8)[...]
}
