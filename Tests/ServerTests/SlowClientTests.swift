import Foundation
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

  @Test("a request sent before the last answer was taken is answered behind it, whole")
  func pipelining() async throws {
    let storage = MemoryStorage()
    let id = ImageID.generate(at: testTime)
    let bytes = ByteBuffer(repeating: 7, count: 5_000_000)
    storage.adopt(
      StoredImage(id: id, length: bytes.readableBytes, uploadedAt: testTime, metadata: ImageMetadata()), bytes)
    try await withServer(storage) { server in
      let client = try await RawConnection.open(port: server.port)
      let request = "GET /api/images/\(id) HTTP/1.1\r\nHost: localhost\r\n\r\n"
      try await client.send(request + request + "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(try await client.wait { $0.byteCount > 2 * bytes.readableBytes && $0.text.hasSuffix("}") })
      #expect(client.text.components(separatedBy: "HTTP/1.1 200 OK\r\n").count == 4)
      await client.close()
    }
  }

  @Test("at the limit the connection that rests for longest is closed, and everybody is served")
  func connectionLimit() async throws {
    try await withServer(configure: { $0.maxConnections = 4 }) { server in
      var clients: [RawConnection] = []
      for _ in 0..<12 {
        let client = try await RawConnection.open(port: server.port)
        try await client.send("GET /api/poses HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try await client.until("\"totalPages\"").hasPrefix("HTTP/1.1 200 OK\r\n"))
        clients.append(client)
      }
      for client in clients.prefix(8) { #expect(try await client.wait { $0.isClosed }) }
      for client in clients.suffix(4) { #expect(!client.isClosed) }
      for client in clients { await client.close() }
    }
  }

  @Test("at the limit a client that takes its answer is no resting one, however long it has been taking it")
  func takesItsAnswer() async throws {
    let storage = MemoryStorage()
    let id = ImageID.generate(at: testTime)
    let bytes = ByteBuffer(repeating: 7, count: 8_000_000)
    storage.adopt(
      StoredImage(id: id, length: bytes.readableBytes, uploadedAt: testTime, metadata: ImageMetadata()), bytes)
    try await withServer(storage, configure: { $0.maxConnections = 2 }) { server in
      let reader = try await RawConnection.open(port: server.port, reads: false)
      try await reader.send("GET /api/images/\(id) HTTP/1.1\r\nHost: localhost\r\n\r\n")
      reader.readOnce()
      #expect(try await reader.wait { $0.byteCount > 0 })
      for _ in 0..<3 {
        let client = try await RawConnection.open(port: server.port)
        try await client.send("GET /api/poses HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try await client.until("\"totalPages\"").hasPrefix("HTTP/1.1 200 OK\r\n"))
      }
      try await reader.readOn()
      #expect(try await reader.wait { $0.byteCount > bytes.readableBytes })
      #expect(!reader.isClosed)
      await reader.close()
    }
  }

  @Test("with every connection at work, health is answered, and what else comes is told so")
  func allAtWork() async throws {
    try await withServer(configure: { $0.maxConnections = 3 }) { server in
      var busy: [RawConnection] = []
      for _ in 0..<3 {
        let client = try await RawConnection.open(port: server.port)
        try await client.send("POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nP")
        busy.append(client)
      }
      try await Task.sleep(for: .milliseconds(100))
      for path in ["/api/health", "/api/health/live", "//api//health/live"] {
        let health = try await RawConnection.open(port: server.port)
        try await health.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try await health.until("timestamp").hasPrefix("HTTP/1.1 200 OK\r\n"))
        await health.close()
      }
      let other = try await RawConnection.open(port: server.port)
      try await other.send("GET /api/poses HTTP/1.1\r\nHost: localhost\r\n\r\n")
      let refusal = try #require(try await other.untilClosed())
      #expect(refusal.hasPrefix("HTTP/1.1 503 "))
      #expect(refusal.contains("Retry-After: 1\r\n"))
      #expect(refusal.contains(#""code":"QUEUE_FULL""#))
      for client in busy {
        try await client.send("PPPPPPPP")
        #expect(try await client.until("createdAt").contains("201 Created"))
        await client.close()
      }
    }
  }

  @Test("many readers who take nothing of long lists leave the others their answers")
  func slowListReaders() async throws {
    let storage = MemoryStorage()
    for id in 1...300 {
      storage.adopt(
        PoseRecord(
          id: id, imageID: "0123456789abcdef01234567",
          keypoints: Array("[\(String(repeating: "1,", count: 2000))1]".utf8),
          createdAt: testTime, updatedAt: testTime))
    }
    try await withServer(storage, configure: { $0.maxAnswerBytesInFlight = 2_000_000 }) { server in
      let request = "GET /api/poses?limit=300 HTTP/1.1\r\nHost: localhost\r\n\r\n"
      var readers: [RawConnection] = []
      for _ in 0..<8 {
        let client = try await RawConnection.open(port: server.port, reads: false)
        try await client.send(request)
        readers.append(client)
      }
      let honest = try await RawConnection.open(port: server.port)
      try await honest.send(request)
      #expect(try await honest.until("\r\n0\r\n\r\n").hasSuffix("\"totalPages\":1}}}\r\n0\r\n\r\n"))
      await honest.close()
      for client in readers { await client.close() }
    }
  }

  @Test("uploads that send much at first and little afterwards give way to one that finds no memory")
  func uploadsGiveWay() async throws {
    try await withServer(
      configure: {
        $0.maxUploadBytesInFlight = 1024 * 1024
        $0.uploadGrace = .milliseconds(200)
      },
      { server in
        var slow: [RawConnection] = []
        for _ in 0..<4 {
          let client = try await RawConnection.open(port: server.port)
          try await client.send(
            "POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400000\r\n\r\n"
              + String(repeating: "P", count: 200_000))
          slow.append(client)
        }
        try await Task.sleep(for: .milliseconds(400))
        for _ in 0..<3 {
          let honest = try await RawConnection.open(port: server.port)
          try await honest.send(
            "POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nP"
              + String(repeating: ".", count: 99_999))
          #expect(try await honest.until("createdAt").hasPrefix("HTTP/1.1 201 "))
          await honest.close()
        }
        #expect(try await slow[0].wait { client in client.isClosed || slow.contains { $0.isClosed } })
        let ended = slow.filter { $0.isClosed }
        #expect(!ended.isEmpty)
        for client in ended { #expect(client.text.hasPrefix("HTTP/1.1 408 ")) }
        for client in slow { await client.close() }
      })
  }
}
