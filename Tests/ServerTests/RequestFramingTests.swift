import Foundation
import NIOCore
import PoseCore
import Testing

@testable import Server

/// What a proxy and a server could read in two ways (RFC 9112; the attacks of "HTTP request smuggling").
@Suite("Where a request ends, and whom it is for")
struct RequestFramingTests {
  /// What a new connection answers to `text`, up to its end.
  private func answer(_ text: String, _ server: RunningServer) async throws -> String {
    let client = try await RawConnection.open(port: server.port)
    try await client.send(text)
    let answer = try #require(try await client.untilClosed(), "\(text) is never answered to the end")
    await client.close()
    return answer
  }

  private static let post = "POST /api/extract-pose HTTP/1.1\r\n"

  private static let refused: [String] = [
    // two lengths, or a length and chunks
    post + "Host: localhost\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nP",
    post + "Host: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nPP",
    post + "Host: localhost\r\nContent-Length: 1, 1\r\n\r\nP",
    post + "Host: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
    // no whole number
    post + "Host: localhost\r\nContent-Length: +1\r\n\r\nP",
    post + "Host: localhost\r\nContent-Length: -1\r\n\r\nP",
    post + "Host: localhost\r\nContent-Length: 0x1\r\n\r\nP",
    post + "Host: localhost\r\nContent-Length: 1 1\r\n\r\nP",
    post + "Host: localhost\r\nContent-Length:\r\n\r\nP",
    post + "Host: localhost\r\nContent-Length: 99999999999999999999\r\n\r\nP",
    // codings
    post + "Host: localhost\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: \u{0B}chunked\r\n\r\n0\r\n\r\n",
    "POST /api/extract-pose HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    // fields
    post + "Host: localhost\r\nContent-Length : 1\r\n\r\nP",
    post + "Host: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    post + " Host: localhost\r\nContent-Length: 1\r\n\r\nP",
    post + "Host: localhost\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    post + "Host: localhost\r\nX: a\0b\r\n\r\n",
    post + "Host: localhost\r\n: empty\r\n\r\n",
    "GET /api/health/live HTTP/1.1\rHost: localhost\r\r",
    // hosts
    "GET /api/health/live HTTP/1.1\r\n\r\n",
    "GET /api/health/live HTTP/1.1\r\nHost:\r\n\r\n",
    "GET /api/health/live HTTP/1.1\r\nHost:  \r\n\r\n",
    "GET /api/health/live HTTP/1.0\r\nHost:\r\n\r\n",
    "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    "GET /api/health/live HTTP/1.1\r\nHost: localhost, localhost\r\n\r\n",
    "GET /api/health/live HTTP/1.1\r\nHost: localhost:\r\n x\r\n\r\n",
    "GET /api/health/live HTTP/1.1\r\nHost: user@localhost\r\n\r\n",
    "GET /api/health/live HTTP/1.1\r\nHost: localhost/x\r\n\r\n",
    // targets
    "GET api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET http:///api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET http://user@localhost/api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET ftp://localhost/api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET /api/health/live x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET\t/api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    // chunks
    post + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\nP\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\nP\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nP\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nPxx0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nP\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\nP\n0\n\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nb\r\nP\r\n0\r\n\r\n",
    post + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\r\n1\r\nP\r\n0\r\n\r\n",
  ]

  @Test("what can be read in two ways is refused and ends the connection", arguments: refused)
  func ambiguous(text: String) async throws {
    let storage = MemoryStorage()
    try await withServer(storage) { server in
      let hidden = "DELETE /api/poses/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
      let answer = try await answer(text + hidden, server)
      #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer.prefix(60))")
      #expect(answer.contains(#""code":"BAD_REQUEST""#))
      #expect(answer.components("HTTP/1.1 ") == 1)
      #expect(answer.lowercased().contains("connection: close"))
    }
    #expect(storage.rowCount == 0)
  }

  @Test("a coding that is not known is 501, as RFC 9112 says")
  func unknownCoding() async throws {
    try await withServer { server in
      let answer = try await answer(
        Self.post + "Host: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", server)
      #expect(answer.hasPrefix("HTTP/1.1 501 "))
      #expect(answer.contains(#""code":"NOT_IMPLEMENTED""#))
    }
  }

  @Test("one length, chunks in any case, folded white space and trailers are read")
  func accepted() async throws {
    try await withServer { server in
      for text in [
        Self.post + "Host: localhost\r\nContent-Length: 1\r\nConnection: close\r\n\r\nP",
        Self.post + "host:localhost\r\ncontent-length:\t1 \r\nConnection: close\r\n\r\nP",
        Self.post + "Host:\tlocalhost\t\r\nContent-Length: 1\r\nConnection: close\r\n\r\nP",
        Self.post + "Host: localhost\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n1\r\nP\r\n0\r\n\r\n",
        Self.post + "Host: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
          + "1;name=value\r\nP\r\n0\r\nX-Sum: 1\r\n\r\n",
      ] {
        let answer = try await answer(text, server)
        #expect(answer.hasPrefix("HTTP/1.1 201 "), "\(text): \(answer.prefix(300))")
      }
    }
  }

  @Test("an answer to HEAD has no content, whoever gives it, and no length but the content's (RFC 9110, 9.3.2 and 8.6)")
  func head() async throws {
    let storage = MemoryStorage()
    try await withServer(storage, configure: { $0.publicURL = "https://example.org/pose" }) { server in
      _ = try await answer(
        Self.post + "Host: localhost\r\nContent-Length: 1\r\nConnection: close\r\n\r\nP", server)
      for (target, fields, status) in [
        ("/api/poses", "", 200), ("/api/poses/1", "", 200), ("/api/poses/export", "", 200),
        ("/api/poses/export?format=coco", "", 200), ("/api/poses?limit=1000&include=details", "", 200),
        ("/api/nothing", "", 404), ("/api/poses/99", "", 404), ("/api/poses?x=1", "", 400),
        ("/api/extract-pose", "", 405), ("/api/poses", "Sec-Fetch-Site: cross-site\r\n", 403), ("/pose", "", 308),
        ("/docs/", "", 308), ("/nothing", "Accept: text/html\r\n", 404),
      ] {
        let rest = " \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)"
        let got = try await answer("GET\(rest)Connection: close\r\n\r\n", server)
        let next = "GET /api/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        let both = try await answer("HEAD\(rest)\r\n\(next)", server).components(separatedBy: "\r\n\r\n")
        #expect(both[0].hasPrefix("HTTP/1.1 \(status) "), "\(target): \(both[0])")
        #expect(both.count == 3 && both[1].hasPrefix("HTTP/1.1 200 "), "\(target): \(both)")
        // whose words name the method
        if status != 405 { #expect(length(both[0]) == length(got), "\(target): \(both[0])") }
      }
      let refused = try await answer("HEAD / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", server)
      #expect(refused.hasPrefix("HTTP/1.1 403 ") && refused.hasSuffix("\r\n\r\n"))
      let hostless = try await answer("HEAD / HTTP/1.1\r\n\r\n", server)
      #expect(hostless.hasPrefix("HTTP/1.1 400 ") && hostless.hasSuffix("\r\n\r\n"))
    }
  }

  /// Of an answer's header.
  private func length(_ answer: String) -> Substring? {
    answer.components(separatedBy: "\r\n\r\n")[0].firstMatch(of: /(?i)\r\nContent-Length: ([0-9]+)/)?.1
  }

  @Test("HTTP/1.0 gets no chunks: where no length is known, the connection ends with the answer (RFC 9112, 6.1)")
  func withoutChunks() async throws {
    try await withServer { server in
      _ = try await answer(
        Self.post + "Host: localhost\r\nContent-Length: 1\r\nConnection: close\r\n\r\nP", server)
      for fields in ["", "Connection: keep-alive\r\n"] {
        let parts = try await answer("GET /api/poses/export HTTP/1.0\r\nHost: localhost\r\n\(fields)\r\n", server)
          .components(separatedBy: "\r\n\r\n")
        #expect(parts[0].lowercased().contains("\r\nconnection: close"))
        #expect(!parts[0].lowercased().contains("transfer-encoding"))
        #expect(parts.count == 2 && parts[1].hasPrefix("{") && parts[1].hasSuffix("}\n"), "\(parts)")
      }
    }
  }

  @Test("the host in a target counts more than the Host field")
  func absoluteTarget() async throws {
    try await withServer(configure: { $0.allowedHosts = ["photos.lan"] }) { server in
      for (target, host, status) in [
        ("http://localhost/api/health/live", "evil.example", 200), ("http://evil.example/", "localhost", 403),
        ("HTTP://photos.lan:80/api/poses/1?x=1", "localhost", 400), ("https://localhost", "localhost", 200),
        ("http://localhost?x", "localhost", 200),
      ] {
        let answer = try await answer("GET \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n", server)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(target): \(answer.prefix(40))")
      }
    }
  }

  @Test("a body's chunks may not bring more around them than a client has a use for")
  func chunkOverhead() async throws {
    try await withServer { server in
      let head = Self.post + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      let extensions = "1;" + String(repeating: "x", count: 4000) + "\r\nP\r\n"
      let zeros = String(repeating: "0", count: 4000) + "1\r\nP\r\n"
      let trailers = (0..<40).map { "X-\($0): " + String(repeating: "y", count: 700) + "\r\n" }.joined()
      for (name, piece, times) in [
        ("extensions", extensions, 60), ("zeros", zeros, 60),
        ("one extension without end", "1;" + String(repeating: "x", count: 400_000), 1),
        ("zeros without end", String(repeating: "0", count: 400_000), 1),
        ("trailers", "1\r\nP\r\n0\r\n" + trailers + trailers + trailers + trailers, 1),
      ] {
        let client = try await RawConnection.open(port: server.port)
        try await client.send(head)
        for _ in 0..<times { try? await client.send(piece) }
        let answer = try #require(try await client.untilClosed(), "\(name)")
        let status = answer.dropFirst(9).prefix(3)
        #expect(["413", "400", "431"].contains(status), "\(name): \(answer.prefix(60))")
        await client.close()
      }
    }
  }

  @Test("a body in chunks of one byte is read")
  func smallChunks() async throws {
    try await withServer { server in
      let client = try await RawConnection.open(port: server.port)
      try await client.send(Self.post + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
      try await client.send(String(repeating: "1\r\nP\r\n", count: 50_000) + "0\r\n\r\n")
      #expect(try await client.until("createdAt").hasPrefix("HTTP/1.1 201 "))
      await client.close()
    }
  }
}
