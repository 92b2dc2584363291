import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("HTTP/1.1, to the byte")
struct ProtocolTests {
  static let live = "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"

  /// What a new connection answers to `text`, up to its end.
  private func answer(_ text: String, _ server: RunningServer) async throws -> String {
    let client = try await RawConnection.open(port: server.port)
    try await client.send(text)
    let answer = try #require(try await client.untilClosed())
    await client.close()
    return answer
  }

  @Test("requests sent at once are answered in their order, on one connection")
  func pipelining() async throws {
    try await withServer { server in
      let client = try await RawConnection.open(port: server.port)
      try await client.send(
        "POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nP"
          + "GET /api/poses/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
          + "DELETE /api/poses/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
          + "GET /api/poses/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      let answer = try #require(try await client.untilClosed())
      let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
      #expect(statuses == ["201", "200", "200", "404"])
      #expect(answer.components("onnection: close") == 1)
    }
  }

  @Test("nothing behind a request with Connection: close is carried out")
  func closeEndsPipeline() async throws {
    let storage = MemoryStorage()
    try await withServer(storage) { server in
      let answer = try await answer(
        "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: TE, Close\r\n\r\n"
          + "POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nP", server)
      #expect(answer.components("HTTP/1.1 ") == 1)
    }
    #expect(storage.rowCount == 0)
  }

  @Test("a chunked body is read; a malformed one is 400 and ends the connection")
  func chunked() async throws {
    try await withServer { server in
      let head = "POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
      let good = try await answer(head + "Connection: close\r\n\r\n1\r\nP\r\n2\r\nxx\r\n0\r\n\r\n", server)
      #expect(good.hasPrefix("HTTP/1.1 201 "))
      let bad = try await answer(head + "\r\n1\r\nP\r\nzz\r\n", server)
      #expect(bad.hasPrefix("HTTP/1.1 400 "))
      #expect(bad.contains(#""code":"BAD_REQUEST""#))
    }
  }

  @Test("a chunked body is cut off at the limit")
  func chunkedTooLarge() async throws {
    try await withServer(configure: { $0.maxUploadBytes = 1000 }) { server in
      let chunk = "200\r\n" + String(repeating: "P", count: 512) + "\r\n"
      let answer = try await answer(
        "POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)\(chunk)\(chunk)",
        server)
      #expect(answer.hasPrefix("HTTP/1.1 413 "))
      #expect(answer.contains("onnection: close"))
    }
  }

  @Test(
    "what isn't HTTP is 400 in the documented form",
    arguments: [
      "nonsense\r\n\r\n", "GET /api HTTP/1.1\r\nno field\r\n\r\n", "GET /api HTTP/9.9\r\n\r\n",
      "GET /api HTTP/1.1\r\n\r\n",
      "GET /api HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
      "POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
      "POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ])
  func malformed(text: String) async throws {
    try await withServer { server in
      let answer = try await answer(text, server)
      #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
      #expect(answer.contains(#"{"success":false,"message":""#))
      #expect(answer.contains(#""code":"BAD_REQUEST""#))
    }
  }

  @Test("a malformed request behind a good one leaves the good one's answer whole")
  func malformedSecond() async throws {
    try await withServer { server in
      let answer = try await answer(Self.live + "nonsense\r\n\r\n", server)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(answer.components("HTTP/1.1 400 ") == 1)
    }
  }

  @Test("headers that are too large are 431")
  func largeHeader() async throws {
    try await withServer { server in
      let long = String(repeating: "x", count: 20_000)
      let many = (0..<200).map { "X-\($0): y\r\n" }.joined()
      for text in [
        "GET /api HTTP/1.1\r\nHost: localhost\r\nX-Long: \(long)\r\n\r\n",
        "GET /api HTTP/1.1\r\nHost: localhost\r\n\(many)\r\n",
        "GET /\(long) HTTP/1.1\r\nHost: localhost\r\n\r\n",
      ] {
        let answer = try await answer(text, server)
        #expect(answer.hasPrefix("HTTP/1.1 431 "))
        #expect(answer.contains(#""code":"HEADER_TOO_LARGE""#))
      }
    }
  }

  @Test("a body that no route asked for does no harm")
  func unwantedBody() async throws {
    try await withServer { server in
      let answer = try await answer(
        "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
          + "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", server)
      #expect(answer.components("HTTP/1.1 200 OK") == 2)
    }
  }

  @Test("HTTP/1.0 is answered and closed, or kept where it asks for it")
  func http10() async throws {
    try await withServer { server in
      let closed = try await answer("GET /api/health/live HTTP/1.0\r\n\r\n", server)
      #expect(closed.hasPrefix("HTTP/1.1 200 OK\r\n"))
      let kept = try await answer(
        "GET /api/health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /api/health/live HTTP/1.0\r\n\r\n", server)
      #expect(kept.components("HTTP/1.1 200 OK") == 2)
      #expect(kept.components("onnection: keep-alive") == 1)
    }
  }

  @Test("odd targets, and offers of other protocols, get ordinary answers")
  func oddTargets() async throws {
    try await withServer { server in
      for (line, status) in [
        ("GET /api/%ff%00", 404), ("CONNECT localhost:80", 404), ("OPTIONS *", 404),
        ("GET http://localhost/api/health/live", 200), ("GET //api//health/live", 200),
        ("GET /api/poses?page=%zz", 400),
        ("PROPFIND /api/poses", 501), ("GET /api/../etc/passwd", 404),
      ] {
        let answer = try await answer("\(line) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", server)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(line)")
        #expect(answer.contains("\"success\":"), "\(line)")
      }
      let upgrade = try await answer(
        "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
          + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n", server)
      #expect(upgrade.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(upgrade.contains("onnection: close"))
    }
  }

  @Test("a foreign Host is refused and told which setting allows it")
  func foreignHost() async throws {
    try await withServer(
      configure: {
        $0.allowedHosts = ["photos.lan"]
        $0.publicURL = "https://poses.example.org"
      },
      { server in
        for (host, status) in [
          ("evil.example", 403), ("192.168.1.5:3000", 403), ("localhost.evil.example", 403), ("a b", 400),
          ("photos.lan", 200), ("POSES.example.org:443", 200), ("127.0.0.1:3000", 200), ("[::1]", 200),
        ] {
          let answer = try await answer(
            "GET /api/health/live HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n", server)
          #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(host)")
          #expect(answer.contains("ALLOWED_HOSTS") == (status == 403))
        }
      })
  }

  @Test("a client that waits for 100 Continue gets it before it sends the body")
  func expectContinue() async throws {
    try await withServer { server in
      let client = try await RawConnection.open(port: server.port)
      try await client.send(
        "POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
      let interim = try await client.until("\r\n\r\n")
      #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
      try await client.send("P")
      let answer = try await client.until("createdAt")
      #expect(answer.contains("HTTP/1.1 201 Created\r\n"))
      // the connection goes on
      try await client.send(Self.live)
      let next = try await client.until("HTTP/1.1 200 OK")
      #expect(next.contains("HTTP/1.1 200 OK"))
      await client.close()
    }
  }

  @Test(
    "a client that is refused by its header is never told to send the body",
    arguments: [
      ("POST /api/extract-pose", 99_999_999, "s3cret", 413), ("POST /api/extract-pose", 10, "wrong", 401),
      ("POST /api/nothing", 10, "s3cret", 404), ("POST /api/poses", 10, "s3cret", 405),
      ("PUT /api/poses/1", 70_000, "s3cret", 413),
    ])
  func refusedBeforeBody(line: String, length: Int, key: String, status: Int) async throws {
    try await withServer(configure: { $0.apiKey = "s3cret" }) { server in
      let answer = try await answer(
        "\(line) HTTP/1.1\r\nHost: localhost\r\nX-API-Key: \(key)\r\nContent-Length: \(length)\r\n"
          + "Expect: 100-continue\r\n\r\n", server)
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
      #expect(!answer.contains("100 Continue"))
      #expect(answer.contains("onnection: close"))
    }
  }

  @Test("a client that goes on sending after the refusal still gets to read it")
  func refusalIsReadable() async throws {
    try await withServer(configure: { $0.maxUploadBytes = 1000 }) { server in
      let client = try await RawConnection.open(port: server.port)
      try await client.send("POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n")
      for _ in 0..<50 { try? await client.send([UInt8](repeating: 80, count: 100_000)) }
      let answer = try #require(try await client.untilClosed())
      #expect(answer.hasPrefix("HTTP/1.1 413 "))
      #expect(answer.hasSuffix("}"))
    }
  }
}

extension String {
  /// How often `needle` stands in it.
  func components(_ needle: String) -> Int { ranges(of: needle).count }
}
