import Foundation
import PoseCore
import Synchronization
import TestServers
import Testing

@testable import Curl

@Suite("Transfers by libcurl, to a real server", .serialized)
struct TransferTests {
  private struct Asked: Decodable {
    var method: String
    var connection: Int
    var headers: [String: String]
    var sha256: String
    var length: Int
  }

  private func client(keepsConnections: Bool = false, bandwidth: Bandwidth? = nil) -> CurlClient {
    CurlClient(
      "requests", threads: 2, maxWaiting: 10, waitLimit: .seconds(10), keepsConnections: keepsConnections,
      bandwidth: bandwidth)
  }

  private func request(
    _ method: HTTPRequest.Method, _ server: PythonServer, body: RequestBody = .none,
    answer: AnswerUse = .whole(limit: 1_000_000)
  ) -> HTTPRequest {
    HTTPRequest(
      method, "http://127.0.0.1:\(server.port)/o", body: body, answer: answer,
      limits: TransferLimits(connect: 5, reply: 5, total: 30))
  }

  private static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

  /// Gives its bytes in pieces of odd lengths, and fails at the end if told so.
  private struct Source: BodySource {
    let bytes: [UInt8]
    var fails = false
    var position = 0
    var length: Int { bytes.count + (fails ? 1 : 0) }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      let count = min(buffer.count, 997, bytes.count - position)
      if count == 0, fails { throw PoseVaultError(.requestTimeout, "The source has dried up.") }
      buffer.copyBytes(from: bytes[position..<position + count])
      position += count
      return count
    }
  }

  @Test("bodies of bytes, of a file's part and of a source arrive as they are, and come back")
  func bodies() async throws {
    let server = try PythonServer("s3_server.py")
    let file = server.folder + "/body"
    try Data([1, 2, 3] + Self.content + [4]).write(to: URL(filePath: file))
    let client = client()
    for body: RequestBody in [
      .bytes(Self.content), .file(path: file, range: 3..<300_003), .source { Source(bytes: Self.content) },
    ] {
      #expect(try await client.send(request(.put, server, body: body)).status == 200)
      #expect(try await client.send(request(.get, server)).body == Self.content)
      let pieces = Mutex<[UInt8]>([])
      let handed = try await client.send(
        request(
          .get, server, answer: .handed(limit: 300_000) { _, piece in pieces.withLock { $0 += piece } }))
      #expect(pieces.withLock { $0 } == Self.content && handed.body == [])
      #expect(try await client.send(request(.delete, server)).status == 204)
    }
    let head = try await client.send(request(.head, server))
    #expect(head.status == 404 && head.body == [] && head.header("content-LENGTH") != nil)
    #expect(try await client.send(request(.post, server)).status == 200)
    #expect(try server.known(server.count, as: Asked.self).headers["content-type"] == nil)
  }

  @Test("what a source or a sink throws ends the transfer and is passed on")
  func thrown() async throws {
    let server = try PythonServer("s3_server.py")
    let client = client()
    let stalled = await #expect(throws: PoseVaultError.self) {
      try await client.send(request(.put, server, body: .source { Source(bytes: Self.content, fails: true) }))
    }
    #expect(stalled?.code == .requestTimeout)
    let missing = await #expect(throws: PoseVaultError.self) {
      try await client.send(request(.put, server, body: .file(path: server.folder + "/none", range: 0..<1)))
    }
    #expect(missing?.code == .fileSystem)
    _ = try await client.send(request(.put, server, body: .bytes(Self.content)))
    let full = await #expect(throws: PoseVaultError.self) {
      try await client.send(
        request(.get, server, answer: .handed(limit: 300_000) { _, _ in throw PoseVaultError(.storageFull, "Full.") }))
    }
    #expect(full?.code == .storageFull)
  }

  @Test("an answer is kept up to its limit, or is an error")
  func limits() async throws {
    let server = try PythonServer("s3_server.py")
    let client = client()
    _ = try await client.send(request(.put, server, body: .bytes(Self.content)))
    #expect(
      try await client.send(request(.get, server, answer: .beginning(limit: 100))).body == Array(Self.content[..<100]))
    for answer: AnswerUse in [.whole(limit: 299_999), .handed(limit: 299_999) { _, _ in }] {
      let failure = await #expect(throws: CurlFailure.self) {
        try await client.send(request(.get, server, answer: answer))
      }
      #expect(failure?.kind == .tooLong)
    }
    // an error's page does not count as what was asked for
    let missing = try await client.send(
      HTTPRequest(
        .get, "http://127.0.0.1:\(server.port)/none",
        answer: .handed(limit: 0) { _, _ in Issue.record("handed on") }))
    #expect(missing.status == 404 && String(decoding: missing.body, as: UTF8.self).contains("NoSuchKey"))
  }

  @Test("connections are kept where they are to be kept, and not for what must be sent once")
  func connections() async throws {
    let server = try PythonServer("s3_server.py")
    let (closing, keeping) = (client(), client(keepsConnections: true))
    for _ in 0..<3 { _ = try await closing.send(request(.get, server)) }
    for _ in 0..<3 { _ = try await keeping.send(request(.get, server)) }
    var once = request(.get, server)
    once.isSentOnce = true
    _ = try await keeping.send(once)
    let used = try (1...7).map { try server.known($0, as: Asked.self).connection }
    #expect(used == [1, 2, 3, 4, 4, 4, 5])
  }

  @Test("a failure tells whether the request may have arrived, in libcurl's words without address and key")
  func failures() async throws {
    let server = try PythonServer("s3_server.py", ["cut-put"])
    let client = client()
    func failure(_ url: String, _ limits: TransferLimits) async -> CurlFailure? {
      await #expect(throws: CurlFailure.self) {
        try await client.send(
          HTTPRequest(.get, url, headers: [HTTPField("Authorization", "geheim")], limits: limits))
      }
    }
    let limits = TransferLimits(connect: 2, reply: 2, total: 3)
    let broken = await failure("http://127.0.0.1:\(server.port)/geheim", limits)
    #expect(broken?.kind == .broken && broken?.mayHaveArrived == true)
    let gone = await failure("http://127.0.0.1:\(try FreePort.find())/geheim", limits)
    #expect(gone?.kind == .connection && gone?.mayHaveArrived == false)
    let plain = await failure("https://127.0.0.1:\(server.port)/geheim", limits)
    #expect(plain?.kind == .encryption && plain?.mayHaveArrived == false)
    for failure in [broken, gone, plain] { #expect(failure?.description.contains("geheim") == false) }
    // other protocols that libcurl speaks are none of ours
    for url in ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/"] {
      #expect(await failure(url, limits)?.kind == .other)
    }
  }

  @Test("a transfer that waits for its server ends when its task is cancelled, and frees its thread")
  func cancellation() async throws {
    let server = try PythonServer("s3_server.py", ["hang", "hang"])
    let client = CurlClient("requests", threads: 1, maxWaiting: 1, waitLimit: .seconds(60))
    let request = HTTPRequest(
      .get, "http://127.0.0.1:\(server.port)/o", limits: TransferLimits(connect: 60, reply: 300, total: 300))
    let running = Task { try await client.send(request) }
    while try server.count == 0 { try await Task.sleep(for: .milliseconds(5)) }
    running.cancel()
    await #expect(throws: CancellationError.self) { try await running.value }
    let next = Task { try await client.send(request) }
    while try server.count == 1 { try await Task.sleep(for: .milliseconds(5)) }
    next.cancel()
    await #expect(throws: CancellationError.self) { try await next.value }
    try await client.shutDown()
    await #expect(throws: PoseVaultError.self) { try await client.send(request) }
  }

  @Test("a limit of bandwidth is shared: who comes later waits for what the others have taken")
  func bandwidth() async throws {
    let bandwidth = Bandwidth(bytesPerSecond: 1000)
    let start = ContinuousClock.now + .seconds(1)
    #expect(bandwidth.reserve(500, at: start) == .zero)
    #expect(bandwidth.reserve(2000, at: start) == .milliseconds(500))
    #expect(bandwidth.reserve(1, at: start + .seconds(1)) == .milliseconds(1500))
    // nothing is saved up while the line is idle
    #expect(bandwidth.reserve(10, at: start + .seconds(60)) == .zero)
    #expect(bandwidth.reserve(10, at: start + .seconds(60)) == .milliseconds(10))

    let server = try PythonServer("s3_server.py")
    let slow = client(bandwidth: Bandwidth(bytesPerSecond: 1_000_000))
    let clock = ContinuousClock()
    let duration = try await clock.measure {
      _ = try await slow.send(request(.put, server, body: .bytes(Self.content)))
      #expect(try await slow.send(request(.get, server)).body == Self.content)
    }
    // a limit can't be shorter, whatever the machine does
    #expect(duration > .milliseconds(300))
  }
}
