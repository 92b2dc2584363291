import NIOCore
import PoseCore
import Synchronization
import Testing

@testable import Server

@Suite("Clients that leave, and a server that stops")
struct LeavingTests {
  /// An extractor that waits until it is let go, and tells how often it was begun and cancelled.
  final class Gate: Sendable {
    private let counts = Mutex((begun: 0, cancelled: 0))
    private let isOpen = Mutex(false)

    var begun: Int { counts.withLock { $0.begun } }
    var cancelled: Int { counts.withLock { $0.cancelled } }

    func open() { isOpen.withLock { $0 = true } }

    var extractor: FakeExtractor {
      FakeExtractor { [self] _, _ in
        counts.withLock { $0.begun += 1 }
        do {
          while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
        } catch {
          counts.withLock { $0.cancelled += 1 }
          throw error
        }
        return Extraction(PictureHeader(format: .png, width: 1, height: 1), poses: [FakeExtractor.pose(0)])
      }
    }

    func wait(until condition: @Sendable (Gate) -> Bool) async throws -> Bool {
      for _ in 0..<2000 where !condition(self) { try await Task.sleep(for: .milliseconds(5)) }
      return condition(self)
    }
  }

  static let upload = "POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nP"

  @Test("a client that leaves while its picture waits cancels the work, and nothing is stored")
  func leaves() async throws {
    let (storage, gate) = (MemoryStorage(), Gate())
    try await withServer(storage, gate.extractor) { server in
      let client = try await RawConnection.open(port: server.port)
      try await client.send(Self.upload)
      #expect(try await gate.wait { $0.begun == 1 })
      await client.close()
      #expect(try await gate.wait { $0.cancelled == 1 })
    }
    #expect(storage.imageCount == 0)
    #expect(storage.rowCount == 0)
  }

  /// Draws nothing until it is cancelled.
  struct WaitingRenderer: PictureRenderer {
    let gate: Gate

    func size(of image: ByteBuffer) async throws -> (width: Int, height: Int) { (1, 1) }

    func thumbnail(of image: ByteBuffer, side: Int) async throws -> ByteBuffer {
      _ = try await gate.extractor.extract(image, maxPoses: 1)
      return image
    }

    func overlay(on image: ByteBuffer, _ people: [[Keypoint]], side: Int) async throws -> ByteBuffer {
      try await thumbnail(of: image, side: side)
    }

    func plainFormat(of image: ByteBuffer) async throws -> ImageFormat? { nil }

    func skeletons(_ people: [[Keypoint]], width: Int, height: Int) -> ByteBuffer { ByteBuffer() }
  }

  @Test(
    "a client that leaves while a picture is drawn for it cancels that",
    arguments: [
      "/api/images/0123456789abcdef01234567/thumbnail", "/api/images/0123456789abcdef01234567/rendition",
      "/api/poses/1/overlay",
    ])
  func leavesDrawing(path: String) async throws {
    let (storage, gate) = (MemoryStorage(), Gate())
    let id = try #require(ImageID("0123456789abcdef01234567"))
    storage.adopt(StoredImage(id: id, length: 1, uploadedAt: 0, metadata: .init()), ByteBuffer(string: "P"))
    let keypoints = KeypointsJSON.bytes(of: FakeExtractor.pose(0).keypoints)
    storage.adopt(PoseRecord(id: 1, imageID: "\(id)", keypoints: keypoints, createdAt: nil, updatedAt: nil))
    try await withServer(storage, renderer: WaitingRenderer(gate: gate)) { server in
      let client = try await RawConnection.open(port: server.port)
      try await client.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(try await gate.wait { $0.begun == 1 })
      await client.close()
      #expect(try await gate.wait { $0.cancelled == 1 })
    }
  }

  @Test("a client that leaves in the middle of its upload leaves nothing")
  func leavesInUpload() async throws {
    let storage = MemoryStorage()
    try await withServer(storage) { server in
      for head in ["Content-Length: 1000\r\n\r\nPPP", "Transfer-Encoding: chunked\r\n\r\n3\r\nPPP\r\n"] {
        let client = try await RawConnection.open(port: server.port)
        try await client.send("POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\n\(head)")
        try await Task.sleep(for: .milliseconds(50))
        try await client.closeOutput()
        let answer = try #require(try await client.untilClosed())
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        await client.close()

        let crashed = try await RawConnection.open(port: server.port)
        try await crashed.send("POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\n\(head)")
        try await Task.sleep(for: .milliseconds(50))
        try await crashed.reset()
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(storage.imageCount == 0)
    #expect(storage.rowCount == 0)
  }

  @Test("a stop lets a request under way finish, closes connections at rest at once, and takes no new ones")
  func gracefulStop() async throws {
    let (storage, gate) = (MemoryStorage(), Gate())
    try await withServer(storage, gate.extractor) { server in
      let resting = try await RawConnection.open(port: server.port)
      try await resting.send(ProtocolTests.live)
      _ = try await resting.until("timestamp")
      let working = try await RawConnection.open(port: server.port)
      try await working.send(Self.upload)
      #expect(try await gate.wait { $0.begun == 1 })

      await server.stop()
      #expect(try await resting.untilClosed() != nil)
      #expect(!working.isClosed)
      await #expect(throws: (any Error).self) { try await RawConnection.open(port: server.port) }
      gate.open()
      let answer = try #require(try await working.untilClosed())
      #expect(answer.hasPrefix("HTTP/1.1 201 Created\r\n"))
      #expect(answer.lowercased().contains("connection: close"))
      #expect(answer.contains("createdAt"))
    }
    #expect(storage.rowCount == 1)
  }

  @Test("a port that is taken is told by one clear line")
  func portTaken() async throws {
    try await withServer { server in
      let second = makeServer(MemoryStorage(), configure: { $0.port = server.port })
      let error = await #expect(throws: PoseVaultError.self) { try await second.run() }
      #expect(error?.code == .configuration)
      #expect(error?.message == "Another program listens on 127.0.0.1:\(server.port) already. Set PORT.")
    }
  }

  @Test("what is still under way after the grace time is cut off")
  func boundedStop() async throws {
    let (storage, gate) = (MemoryStorage(), Gate())
    try await withServer(storage, gate.extractor, configure: { $0.shutdownGrace = .milliseconds(300) }) { server in
      let working = try await RawConnection.open(port: server.port)
      try await working.send(Self.upload)
      #expect(try await gate.wait { $0.begun == 1 })
      let sending = try await RawConnection.open(port: server.port)
      try await sending.send("POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nP")
      await server.stop()
      #expect(try await working.untilClosed() != nil)
      #expect(try await sending.untilClosed() != nil)
      #expect(gate.cancelled == 1)
    }
    #expect(storage.rowCount == 0)
  }
}
