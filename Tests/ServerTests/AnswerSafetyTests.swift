import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("What a browser may do with an answer")
struct AnswerSafetyTests {
  let storage = MemoryStorage()

  private func adopt(_ bytes: [UInt8], as type: String?) -> ImageID {
    let id = ImageID.generate(at: testTime)
    storage.adopt(
      StoredImage(
        id: id, length: bytes.count, uploadedAt: testTime, metadata: ImageMetadata(contentType: type)),
      ByteBuffer(bytes: bytes))
    return id
  }

  @Test(
    "a file that is no picture is saved, not shown, whatever type was stored with it",
    arguments: [
      "image/svg+xml", "text/html", "image/jpeg", "image/png", "application/xhtml+xml", "image/gif", "nonsense",
    ])
  func noPicture(type: String) async throws {
    let script = #"<svg xmlns="http://www.w3.org/2000/svg"><script>fetch('/api/poses')</script></svg>"#
    let id = adopt(Array(script.utf8), as: type)
    try await withRoutes(storage) { client in
      for headers: HTTPFields in [[:], [.range: "bytes=0-9"]] {
        let answer = try await client.send(.get, "/api/images/\(id)", headers: headers)
        #expect(answer.headers[.contentType] == "application/octet-stream")
        #expect(answer.headers[.contentDisposition]?.hasPrefix("attachment") == true)
        #expect(answer.headers[.xContentTypeOptions] == "nosniff")
      }
    }
  }

  @Test("a picture has the type of its bytes, whatever type was stored with it")
  func picture() async throws {
    let id = adopt([0xFF, 0xD8, 0xFF, 0xE0, 0], as: "image/svg+xml")
    try await withRoutes(storage) { client in
      let answer = try await client.send(.get, "/api/images/\(id)")
      #expect(answer.headers[.contentType] == "image/jpeg")
      #expect(answer.headers[.contentDisposition] == nil)
    }
  }

  /// Of every kind of answer one: JSON, failures, files, drawings, exports, numbers, the description, no content.
  private static let answers = [
    "/api/poses", "/api/poses/1", "/api/poses/99", "/api/nothing", "/nothing", "/api/poses/export",
    "/api/poses/1/overlay", "/api/health", "/api/health/live", "/api/session", "/api/backups", "/metrics",
    "/api/openapi.json", "/api/poses?page=x",
  ]

  @Test("every answer but the page is sandboxed and kept from other sites")
  func everywhere() async throws {
    let name = try #require(HTTPField.Name("Cross-Origin-Resource-Policy"))
    for (origins, policy) in [([], "same-site"), (["https://app.example.org"], "cross-origin")] {
      try await withRoutes(storage, configure: { $0.corsOrigins = origins }) { client in
        let stored = try await client.upload()
        let image = try #require(stored.data["imageId"] as? String)
        for path in Self.answers + ["/api/images/\(image)", "/api/images/\(image)/thumbnail"] {
          for method in [HTTPRequest.Method.get, .head, .post, .options] {
            let answer = try await client.send(method, path)
            #expect(answer.headers[.contentSecurityPolicy] == "sandbox; default-src 'none'", "\(method) \(path)")
            #expect(answer.headers[.xContentTypeOptions] == "nosniff", "\(method) \(path)")
            #expect(answer.headers[name] == policy, "\(method) \(path)")
          }
        }
        let page = try await client.send(.get, "/")
        #expect(page.headers[.contentSecurityPolicy]?.contains("script-src 'self'") == true)
      }
    }
  }

  @Test("what is refused before any route is sandboxed, too")
  func malformed() async throws {
    try await withServer { server in
      let client = try await RawConnection.open(port: server.port)
      try await client.send("nonsense\r\n\r\n")
      let answer = try #require(try await client.untilClosed())
      #expect(answer.contains("Content-Security-Policy: sandbox; default-src 'none'\r\n"))
      #expect(answer.contains("X-Content-Type-Options: nosniff\r\n"))
    }
  }

  /// `Sec-Fetch-Site`, `-Mode`, `-Dest` as Chromium 120 sends them, the method, other fields, and what is answered.
  private static let fetches: [(site: String, mode: String, dest: String, HTTPRequest.Method, HTTPFields, Int)] = [
    // <img>, <script>, fetch() and <iframe> of another site
    ("cross-site", "no-cors", "image", .get, [:], 403),
    ("cross-site", "no-cors", "image", .get, [.referer: "https://evil.example/"], 403),
    ("cross-site", "no-cors", "script", .get, [:], 403),
    ("cross-site", "cors", "empty", .get, [.origin: "https://evil.example"], 403),
    ("cross-site", "cors", "empty", .get, [.origin: "null"], 403),
    ("cross-site", "navigate", "iframe", .get, [:], 403),
    ("cross-site", "navigate", "document", .post, [.origin: "https://evil.example"], 403),
    // a link that a person opens
    ("cross-site", "navigate", "document", .get, [:], 200),
    // the page itself, a bookmark
    ("same-origin", "cors", "empty", .get, [:], 200),
    ("none", "navigate", "document", .get, [:], 200),
    // another port of this machine, another subdomain
    ("same-site", "no-cors", "image", .get, [:], 403),
    ("same-site", "no-cors", "image", .get, [.referer: "http://localhost:9000/"], 403),
    ("same-site", "navigate", "document", .get, [:], 200),
    ("same-site", "no-cors", "image", .get, [.referer: "https://app.example.org/"], 200),
    ("same-site", "cors", "empty", .get, [.origin: "https://app.example.org"], 200),
    // a page that CORS_ORIGIN names, by fetch() and by <img>
    ("cross-site", "cors", "empty", .get, [.origin: "https://app.example.org"], 200),
    ("cross-site", "no-cors", "image", .get, [.referer: "https://app.example.org/gallery?x=1"], 200),
    ("cross-site", "no-cors", "image", .get, [.referer: "https://app.example.org.evil.example/"], 403),
  ]

  @Test("pages of other sites may load nothing of the API but where CORS_ORIGIN names them, and may link to it")
  func otherSites() async throws {
    let names = try ["Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"].map { try #require(HTTPField.Name($0)) }
    try await withRoutes(storage, configure: { $0.corsOrigins = ["https://app.example.org"] }) { client in
      for (site, mode, dest, method, others, status) in Self.fetches {
        var headers = others
        for (name, value) in zip(names, [site, mode, dest]) { headers[name] = value }
        for path in ["/api/poses", "//api/poses"] {
          let answer = try await client.send(method, path, headers: headers)
          #expect(Int(answer.status.code) == status, "\(site) \(mode) \(dest) \(method) \(others)")
          if status == 403 { #expect(answer.errorCode == "FORBIDDEN") }
        }
      }
      // the page's own files hold no secret
      let page = try await client.send(.get, "/", headers: [names[0]: "cross-site"])
      #expect(page.status == .ok)
    }
  }
}
