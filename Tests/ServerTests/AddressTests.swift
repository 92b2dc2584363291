import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("By which addresses the server is reached")
struct AddressTests {
  let storage = MemoryStorage()

  @Test(
    "where other machines may ask, they may ask by address, and names are still refused",
    arguments: [
      ("0.0.0.0", "192.168.1.5:3000", HTTPResponse.Status.ok), ("0.0.0.0", "[2001:db8::5]:3000", .ok),
      ("::", "10.0.0.7", .ok), ("192.168.1.5", "192.168.1.5", .ok), ("0.0.0.0", "evil.example", .forbidden),
      ("0.0.0.0", "192.168.1.5.evil.example", .forbidden), ("0.0.0.0", "1.2.3", .forbidden),
      ("0.0.0.0", "3232235781", .forbidden), ("127.0.0.1", "192.168.1.5:3000", .forbidden),
      ("::1", "192.168.1.5:3000", .forbidden), ("localhost", "192.168.1.5:3000", .forbidden),
    ])
  func addresses(host: String, name: String, status: HTTPResponse.Status) throws {
    var configuration = ServerConfiguration(host: host)
    configuration.apiKey = "key"
    let middleware = HostMiddleware(configuration)
    if status == .ok {
      try middleware.check(name)
    } else {
      #expect(throws: PoseVaultError.self) { try middleware.check(name) }
    }
  }

  @Test("a browser that opens an address gets a failure as a page, a program as JSON")
  func failurePage() async throws {
    // as Chromium 120 and Firefox 120 send it when an address is opened, and what programs send
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
    try await withRoutes(storage) { client in
      for path in ["/nothing", "/api/poses/99", "/api/poses?page=x", "/api/nothing?x=<script>"] {
        let page = try await client.send(.get, path, headers: [.accept: browser])
        #expect(page.headers[.contentType] == "text/html; charset=utf-8")
        let text = String(buffer: page.body)
        #expect(text.hasPrefix("<!doctype html>"))
        #expect(text.contains("<h1>\(page.status.code) "))
        #expect(!text.contains("<script>"))
        #expect(page.headers[.contentSecurityPolicy] == "sandbox; default-src 'none'")
        for accept in ["*/*", "application/json", "application/json, text/plain, */*", "image/png,*/*;q=0.5", ""] {
          let answer = try await client.send(.get, path, headers: accept.isEmpty ? [:] : [.accept: accept])
          #expect(answer.status == page.status)
          #expect(answer.errorCode != nil)
        }
      }
      let image = try await client.send(.get, "/api/poses/1/overlay", headers: [.accept: "image/svg+xml"])
      #expect(image.errorCode == "NOT_FOUND")
    }
  }

  @Test("below a path, requests are taken with it and without it, and what a client follows has it")
  func basePath() async throws {
    try await withServer(storage, configure: { $0.publicURL = "https://example.org/pose/" }) { server in
      func ask(_ text: String) async throws -> String {
        let client = try await RawConnection.open(port: server.port)
        try await client.send(text)
        return try #require(try await client.untilClosed())
      }
      let rest = " HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n"
      for prefix in ["", "/pose"] {
        let stored = try await ask("POST \(prefix)/api/extract-pose\(rest)Content-Length: 1\r\n\r\nP")
        #expect(stored.contains("Location: /pose/api/poses/"), "\(stored)")
        let shown = try await ask("GET \(prefix)/api/poses/1\(rest)\r\n")
        #expect(shown.contains(#""imageUrl":"https://example.org/pose/api/images/"#))
        #expect(try await ask("GET \(prefix)/\(rest)\r\n").hasPrefix("HTTP/1.1 200 "))
        #expect(try await ask("GET \(prefix)/app/main.js?x=1\(rest)\r\n").hasPrefix("HTTP/1.1 200 "))
      }
      let redirect = try await ask("GET /pose?x=1\(rest)\r\n")
      #expect(redirect.hasPrefix("HTTP/1.1 308 "))
      #expect(redirect.contains("Location: /pose/?x=1\r\n"))
      #expect(try await ask("GET /poses/1\(rest)\r\n").hasPrefix("HTTP/1.1 404 "))
    }
  }

  @Test("a path beyond ASCII is taken as clients send it")
  func encodedPath() async throws {
    try await withServer(storage, configure: { $0.publicURL = "https://example.org/p%C3%B6se" }) { server in
      let client = try await RawConnection.open(port: server.port)
      try await client.send(
        "GET /p%C3%B6se/app/main.js HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n")
      #expect(try await client.untilClosed()?.hasPrefix("HTTP/1.1 200 ") == true)
    }
  }

  @Test(
    "a path that the server has itself is none for it to stand below",
    arguments: [
      ("/api", true), ("/api/poses", true), ("/app", true), ("/docs", true), ("/metrics", true), ("/api/health", true),
      ("", false), ("/pose", false), ("/ap", false), ("/api/pose", false), ("/poses", false),
    ])
  func ownPath(path: String, isOwn: Bool) {
    #expect(ServerConfiguration.isOwnPath(path) == isOwn)
  }

  @Test("below a path, the session's cookie is sent there and nowhere else")
  func cookiePath() async throws {
    for (address, path) in [
      ("https://example.org/pose", "/pose"), ("https://example.org/a/b/", "/a/b"), ("https://example.org", "/"),
      (nil, "/"),
    ] {
      try await withRoutes(
        storage,
        configure: {
          $0.apiKey = "key"
          $0.publicURL = address
        }
      ) { client in
        for method in [HTTPRequest.Method.post, .delete] {
          let answer = try await client.send(method, "/api/session", headers: [.authorization: "Bearer key"])
          #expect(answer.headers[.setCookie]?.contains("; Path=\(path);") == true)
        }
      }
    }
  }

  @Test("/metrics wants the key where other machines may ask, unless it is public")
  func metrics() async throws {
    for (host, isPublic, status) in [
      ("127.0.0.1", false, HTTPResponse.Status.ok), ("localhost", false, .ok), ("0.0.0.0", false, .unauthorized),
      ("192.168.1.5", false, .unauthorized), ("0.0.0.0", true, .ok),
    ] {
      try await withRoutes(
        storage,
        configure: {
          $0.host = host
          $0.apiKey = "key"
          $0.isMetricsPublic = isPublic
        }
      ) { client in
        for path in ["/metrics", "/metrics/", "//metrics"] {
          let answer = try await client.send(.get, path)
          #expect(answer.status == status, "\(host) \(path)")
          let known = try await client.send(.get, path, headers: [.authorization: "Bearer key"])
          #expect(known.status == .ok)
        }
      }
    }
  }
}
