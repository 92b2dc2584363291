import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Server

@Suite("The web page")
struct PageTests {
  private static let pages = ["index.html": "/", "docs.html": "/docs"]

  /// What the page is made of, as it lies in the checkout: the path under which it is served, and its bytes.
  private static let files: [String: Data] = {
    let tests = URL(filePath: #filePath).deletingLastPathComponent()
    let folder = tests.appending(path: "../../Sources/WebFiles/page").standardizedFileURL
    var files: [String: Data] = [:]
    for case let path as String in FileManager.default.enumerator(atPath: folder.path) ?? .init() {
      if let data = try? Data(contentsOf: folder.appending(path: path)) {
        files[pages[path] ?? "/\(path)"] = data
      }
    }
    return files
  }()

  @Test("every file in the folder is served as it is, with its content type")
  func allFiles() async throws {
    #expect(Self.files["/"] != nil)
    #expect(PageFile.all().count == Self.files.count)
    try await withRoutes(MemoryStorage()) { client in
      for (path, bytes) in Self.files {
        let response = try await client.send(.get, path)
        #expect(response.status == .ok, "\(path)")
        #expect(response.body == ByteBuffer(bytes: bytes), "\(path)")
        let type =
          switch path.split(separator: ".").last {
          case "js": "text/javascript; charset=utf-8"
          case "css": "text/css; charset=utf-8"
          case "svg": "image/svg+xml"
          case "png": "image/png"
          case "ico": "image/x-icon"
          case "webmanifest": "application/manifest+json"
          case "json": "application/json; charset=utf-8"
          default: "text/html; charset=utf-8"
          }
        #expect(response.headers[.contentType] == type, "\(path)")
      }
    }
  }

  @Test(
    "an address with a slash too many leads to the page, whose files would not be found behind the slash",
    arguments: ["/docs/", "/docs//"])
  func slashes(path: String) async throws {
    try await withRoutes(MemoryStorage()) { client in
      let response = try await client.send(.get, path)
      #expect(response.status == .permanentRedirect)
      let target = try #require(response.headers[.location])
      // as a browser resolves it
      let found = try #require(URL(string: target, relativeTo: URL(string: "http://localhost" + path)))
      #expect(found.absoluteURL.path() == "/docs")
      let page = try await client.send(.get, found.absoluteURL.path())
      #expect(page.status == .ok && page.headers[.contentType] == "text/html; charset=utf-8")
    }
  }

  @Test("the pages ask for every script and style at once, by names that hold below any path")
  func preloading() throws {
    let page = try Self.pages.values.map { String(decoding: try #require(Self.files[$0]), as: UTF8.self) }.joined()
    for path in Self.files.keys where path.hasSuffix(".js") || path.hasSuffix(".css") {
      #expect(page.contains("\"\(path.dropFirst())\""), "\(path)")
    }
    #expect(!page.contains("=\"/"))
  }

  @Test("a browser may keep a file, but asks each time: 304 as long as it is the same")
  func caching() async throws {
    try await withRoutes(MemoryStorage()) { client in
      let first = try await client.send(.get, "/app/main.js")
      let tag = try #require(first.headers[.eTag])
      #expect(first.headers[.cacheControl] == "no-cache")
      let again = try await client.send(.get, "/app/main.js", headers: [.ifNoneMatch: tag])
      #expect(again.status == .notModified)
      #expect(again.body.readableBytes == 0)
      #expect(again.headers[.eTag] == tag)
      let other = try await client.send(.get, "/app/main.js", headers: [.ifNoneMatch: "\"other\""])
      #expect(other.status == .ok)
    }
  }

  @Test("nothing inline and nothing from elsewhere may run in it")
  func policy() async throws {
    try await withRoutes(MemoryStorage()) { client in
      let headers = try await client.send(.get, "/").headers
      let policy = try #require(headers[.contentSecurityPolicy])
      #expect(policy.contains("default-src 'none'"))
      #expect(policy.contains("script-src 'self';"))
      #expect(policy.contains("frame-ancestors 'none'"))
      #expect(!policy.contains("unsafe"))
      #expect(!policy.contains("http"))
      #expect(headers[.xContentTypeOptions] == "nosniff")
    }
  }

  @Test("the reference needs no key, what it is made of does")
  func reference() async throws {
    try await withRoutes(MemoryStorage(), configure: { $0.apiKey = "secret" }) { client in
      #expect(try await client.send(.get, "/docs").status == .ok)
      #expect(try await client.send(.get, "/api/openapi.json").status == .unauthorized)
      let keyed = try await client.send(.get, "/api/openapi.json", headers: [.authorization: "Bearer secret"])
      #expect(keyed.status == .ok)
    }
  }

  @Test("it needs no key, for it asks for it; HEAD has its fields, and a file it does not have is a 404 in JSON")
  func access() async throws {
    try await withRoutes(MemoryStorage(), configure: { $0.apiKey = "secret" }) { client in
      #expect(try await client.send(.get, "/").status == .ok)
      let head = try await client.send(.head, "/")
      #expect(head.headers[.contentLength] == String(Self.files["/"]?.count ?? 0))
      #expect(head.body.readableBytes == 0)
      let missing = try await client.send(.get, "/app/missing.js")
      #expect(missing.status == .notFound)
      #expect(missing.errorCode == "NOT_FOUND")
      #expect(try await client.send(.post, "/").headers[.allow] == "GET, HEAD, OPTIONS")
    }
  }
}
