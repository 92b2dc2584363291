import CCurl
import Glibc
import PoseCore

/// One HTTP request in progress, on one thread.
struct HTTPTransfer {
  let handle: CurlHandle
  let request: HTTPRequest
  let bandwidth: Bandwidth?
  let stop: StopFlag

  func perform() throws -> HTTPResponse {
    try prepare()
    try setBody()
    let answer = IncomingAnswer(request.answer)
    try handle.receiveHead { line in try answer.take(headLine: line) }
    try handle.receiveBody { [bandwidth, stop] piece in
      bandwidth?.wait(piece.count, unless: stop)
      try stop.check()
      try answer.take(piece)
    }
    answer.response.status = try handle.perform()
    return answer.response
  }

  private func prepare() throws {
    try handle.set(CURLOPT_URL, request.url)
    try handle.set(CURLOPT_PATH_AS_IS, 1)
    try handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
    if request.maxRedirects > 0 {
      // what is secret stays so
      try handle.set(CURLOPT_REDIR_PROTOCOLS_STR, request.url.hasPrefix("https:") ? "https" : "http,https")
      try handle.set(CURLOPT_FOLLOWLOCATION, 1)
      try handle.set(CURLOPT_MAXREDIRS, request.maxRedirects)
    }
    if let certificates = request.certificates { try handle.set(CURLOPT_CAINFO, certificates) }
    if request.isSentOnce { try handle.set(CURLOPT_FRESH_CONNECT, 1) }
    var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    if request.method == .post, !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      // otherwise libcurl would name that of a form
      lines.append("Content-Type:")
    }
    if !request.expectsContinue { lines.append("Expect:") }
    try handle.set(CURLOPT_HTTPHEADER, lines)
  }

  private func setBody() throws {
    let body = try OutgoingBody(request.body)
    switch request.method {
    case .get: try handle.set(CURLOPT_HTTPGET, 1)
    case .head: try handle.set(CURLOPT_NOBODY, 1)
    case .delete: try handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    case .put:
      try handle.set(CURLOPT_UPLOAD, 1)
      try handle.set(CURLOPT_INFILESIZE_LARGE, offset: body.length)
    case .post:
      try handle.set(CURLOPT_POST, 1)
      try handle.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: body.length)
    }
    guard request.method == .put || request.method == .post else { return }
    try handle.send { [bandwidth, stop] buffer in
      var piece = buffer
      if let bandwidth {
        piece = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(bandwidth.pieceLength))
        bandwidth.wait(min(piece.count, body.rest), unless: stop)
      }
      try stop.check()
      return try body.read(into: piece)
    } rewind: {
      try body.rewind()
    }
  }
}

/// A request's body while it is being sent.
private final class OutgoingBody {
  let length: Int
  private(set) var rest: Int
  private let make: () throws -> any BodySource
  private var source: any BodySource

  init(_ body: RequestBody) throws {
    switch body {
    case .none: make = { ByteSource(bytes: []) }
    case .bytes(let bytes): make = { ByteSource(bytes: bytes) }
    case .file(let path, let range): make = { try FileSource(path, range) }
    case .source(let make): self.make = make
    }
    source = try make()
    length = source.length
    rest = length
  }

  func rewind() throws {
    guard rest < length else { return }
    source = try make()
    rest = length
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(rest))
    guard !wanted.isEmpty else { return 0 }
    let count = try source.read(into: wanted)
    guard count > 0 else { throw PoseVaultError(.fileSystem, "The data to be sent is incomplete.") }
    rest -= count
    return count
  }
}

private struct ByteSource: BodySource {
  let bytes: [UInt8]
  var position = 0
  var length: Int { bytes.count }

  mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, bytes.count - position)
    buffer.copyBytes(from: bytes[position..<position + count])
    position += count
    return count
  }
}

private final class FileSource: BodySource {
  let length: Int
  private let descriptor: Int32
  private var rest: Range<Int>

  init(_ path: String, _ range: Range<Int>) throws {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    rest = range
    length = range.count
    guard descriptor != -1 else { throw Self.failure() }
  }

  deinit {
    if descriptor != -1 { close(descriptor) }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let wanted = min(buffer.count, rest.count)
    guard wanted > 0 else { return 0 }
    var count = -1
    repeat {
      count = pread(descriptor, buffer.baseAddress, wanted, off_t(rest.lowerBound))
    } while count == -1
      && errno == EINTR
    guard count >= 0 else { throw Self.failure() }
    rest = rest.lowerBound + count..<rest.upperBound
    return count
  }

  private static func failure() -> PoseVaultError {
    PoseVaultError(.fileSystem, "A file to be sent can't be read: \(String(cString: strerror(errno))).")
  }
}

/// A server's response while it is arriving.
private final class IncomingAnswer {
  var response = HTTPResponse(status: 0, headers: [])
  private let use: AnswerUse
  private var headLength = 0
  private var bodyLength = 0

  init(_ use: AnswerUse) {
    self.use = use
  }

  /// There may be several heads: after `100 Continue`, after a redirect.
  func take(headLine line: UnsafeRawBufferPointer) throws {
    headLength += line.count
    guard headLength <= Self.usualLimit else { throw Self.tooLong }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      response.status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      response.headers = []
      response.body = []
      bodyLength = 0
    } else if let colon = text.firstIndex(of: ":") {
      let value = text[text.index(after: colon)...]
      response.headers.append(HTTPField(String(text[..<colon]), Self.trimmed(value)))
    }
  }

  func take(_ piece: UnsafeRawBufferPointer) throws {
    bodyLength += piece.count
    switch use {
    case .beginning(let limit): keep(piece, limit: limit)
    case .whole(let limit):
      guard bodyLength <= limit else { throw Self.tooLong }
      keep(piece, limit: limit)
    case .handed(let limit, let sink):
      guard response.isSuccess else { return keep(piece, limit: Self.usualLimit) }
      guard bodyLength <= limit else { throw Self.tooLong }
      try sink(response, piece)
    }
  }

  private func keep(_ piece: UnsafeRawBufferPointer, limit: Int) {
    response.body += piece.prefix(max(limit - response.body.count, 0))
  }

  private static func trimmed(_ value: Substring) -> String {
    let isSpace = { (character: Character) in character.isWhitespace }
    let start = value.drop(while: isSpace)
    return String(start[..<(start.lastIndex { !isSpace($0) }.map { start.index(after: $0) } ?? start.startIndex)])
  }

  private static let usualLimit = 64 * 1024
  private static let tooLong = CurlFailure(.tooLong, "The answer is longer than allowed", mayHaveArrived: true)
}
