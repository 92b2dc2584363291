import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("Slow clients, played over TCP", .serialized)
struct SlowClientTests {
  @Test("a header that drips is answered with 408 and the end")
  func drippingHeader() async throws {
    try await withServer(configure: { $0.headerDeadline = .milliseconds(300) }) { server in
      let client = try await RawConnection.open(port: server.port)
      let dripping = Task {
        for letter in "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\nX-Long: and so on and on and on" {
          try await client.send(String(letter))
          try await Task.sleep(for: .milliseconds(50))
        }
      }
      let answer = try #require(try await client.untilClosed())
      dripping.cancel()
      #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
      #expect(answer.contains(#""code":"REQUEST_TIMEOUT""#))
    }
  }

  @Test("a connection on which nothing comes is closed without a word")
  func silence() async throws {
    try await withServer(configure: { $0.headerDeadline = .milliseconds(200) }) { server in
      let client = try await RawConnection.open(port: server.port)
      #expect(try await client.untilClosed() == "")
    }
  }

  @Test("a connection at rest between requests is closed without a word")
  func idle() async throws {
    try await withServer(configure: { $0.idleTimeout = .milliseconds(200) }) { server in
      let client = try await RawConnection.open(port: server.port)
      try await client.send("GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
      let answer = try #require(try await client.untilClosed())
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(answer.hasSuffix("\"}"))
      #expect(!answer.lowercased().contains("connection: close"))
    }
  }

  @Test("an upload below the minimum rate is answered with 408 and the end")
  func slowUpload() async throws {
    let storage = MemoryStorage()
    try await withServer(storage, configure: { $0.uploadRateWindow = .milliseconds(300) }) { server in
      let client = try await RawConnection.open(port: server.port)
      try await client.send("POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nP")
      let dripping = Task {
        while true {
          try await Task.sleep(for: .milliseconds(30))
          try await client.send("P")
        }
      }
      let answer = try #require(try await client.untilClosed())
      dripping.cancel()
      #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
      #expect(answer.contains(#""code":"REQUEST_TIMEOUT""#))
      #expect(answer.lowercased().contains("connection: close"))
    }
    #expect(storage.imageCount == 0)
  }

  @Test("an upload above the minimum rate may take long")
  func steadyUpload() async throws {
    try await withServer(
      configure: {
        $0.uploadRateWindow = .seconds(2)
        $0.minimumUploadRate = 10
      },
      { server in
        let client = try await RawConnection.open(port: server.port)
        try await client.send("POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6000\r\n\r\n")
        for _ in 0..<60 {
          try await client.send(String(repeating: "P", count: 100))
          try await Task.sleep(for: .milliseconds(50))
        }
        let answer = try await client.until("createdAt")
        #expect(answer.hasPrefix("HTTP/1.1 201 Created\r\n"))
      })
  }

  @Test("a reader that takes nothing of a response is cut off, one that takes little is not")
  func stalledReader() async throws {
    let storage = MemoryStorage()
    let id = ImageID.generate(at: testTime)
    let bytes = ByteBuffer(repeating: 7, count: 30_000_000)
    storage.adopt(
      StoredImage(id: id, length: bytes.readableBytes, uploadedAt: testTime, metadata: ImageMetadata()), bytes)
    try await withServer(storage, configure: { $0.stalledReaderDeadline = .milliseconds(600) }) { server in
      let request = "GET /api/images/\(id) HTTP/1.1\r\nHost: localhost\r\n\r\n"
      let steady = try await RawConnection.open(port: server.port, reads: false)
      try await steady.send(request)
      let stalled = try await RawConnection.open(port: server.port, reads: false)
      try await stalled.send(request)
      for _ in 0..<60 {
        try await Task.sleep(for: .milliseconds(30))
        for _ in 0..<20 { steady.readOnce() }
      }
      #expect(!steady.isClosed)
      // what the systems between hold is still there; behind it is the end
      try await stalled.wait { client in
        client.readOnce()
        return client.isClosed
      }
      #expect(stalled.isClosed)
      #expect(stalled.byteCount < bytes.readableBytes)
      await steady.close()
    }
  }

  @Test("connections beyond the limit wait until one closes")
  func connectionLimit() async throws {
    try await withServer(configure: { $0.maxConnections = 2 }) { server in
      let request = "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
      var clients: [RawConnection] = []
      for _ in 0..<10 {
        let client = try await RawConnection.open(port: server.port)
        try await client.send(request)
        clients.append(client)
      }
      try await Task.sleep(for: .milliseconds(300))
      let served = clients.filter { $0.byteCount > 0 }
      // NIO accepts up to four connections before it asks the limit again
      #expect((2...5).contains(served.count))
      for client in served { await client.close() }
      for client in clients where !served.contains(where: { $0 === client }) {
        #expect(try await client.wait { $0.byteCount > 0 })
        await client.close()
      }
    }
  }
}
