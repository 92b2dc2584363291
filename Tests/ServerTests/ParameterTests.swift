import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("Query parameters")
struct ParameterTests {
  let storage = MemoryStorage()

  /// Every route of the API with a parameter that it doesn't know, and what is proposed instead.
  private static let slips: [(HTTPRequest.Method, String, String, proposal: String?)] = [
    (.get, "/api/poses/export?fileNam=x", "fileNam", "fileName"),
    (.get, "/api/poses?pgae=2", "pgae", "page"), (.get, "/api/poses?Limit=2", "Limit", "limit"),
    (.get, "/api/poses?limits=2", "limits", "limit"), (.get, "/api/poses?size=3", "size", nil),
    (.get, "/api/poses/1?inclde=world", "inclde", "include"), (.put, "/api/poses/1?x", "x", nil),
    (.delete, "/api/poses/1?include=world", "include", nil), (.post, "/api/poses/1/revert?force=1", "force", nil),
    (.get, "/api/poses/1/overlay?sise=3", "sise", "size"),
    (.post, "/api/extract-pose?maxPose=3", "maxPose", "maxPoses"),
    (.get, "/api/images/0123456789abcdef01234567?download=1", "download", nil),
    (.get, "/api/images/0123456789abcdef01234567/thumbnail?sizes=64", "sizes", "size"),
    (.get, "/api/health?verbose", "verbose", nil), (.head, "/api/health/live?x=1", "x", nil),
    (.get, "/api/session?x=1", "x", nil), (.post, "/api/session?x=1", "x", nil),
    (.post, "/api/backup/trigger?wait=no", "wait", nil), (.get, "/api/backups?page=2", "page", nil),
    (.get, "/api/backups/1?x", "x", nil), (.get, "/api/backups/latest/download?x", "x", nil),
    (.get, "/api/poses?file%4Eam=x", "fileNam", "fileName"), (.get, "/api/poses?%zz=1", "%zz", nil),
  ]

  @Test("one that a route doesn't know is 400, told by its name and the nearest known one", arguments: slips)
  func unknown(method: HTTPRequest.Method, path: String, name: String, proposal: String?) async throws {
    try await withRoutes(storage) { client in
      let answer = try await client.send(method, path)
      #expect(answer.status == .badRequest)
      guard method != .head else { return }
      #expect(answer.errorCode == "BAD_REQUEST")
      #expect(((answer.json["error"] as? [String: Any])?["details"] as? [String: String])?["parameter"] == name)
      let message = try #require(answer.json["message"] as? String)
      #expect(message.contains("\"\(name)\""))
      if let proposal { #expect(message.contains("Did you mean \(proposal)?")) }
    }
  }

  @Test("one that is given twice is 400, since programs differ in which of them counts")
  func twice() async throws {
    try await withRoutes(storage) { client in
      for path in ["/api/poses?limit=1&limit=2", "/api/poses?limit=1&page=1&limit=1", "/api/poses?limit=1&l%69mit=1"] {
        let answer = try await client.send(.get, path)
        #expect(answer.status == .badRequest)
        #expect((answer.json["message"] as? String)?.contains("limit") == true)
      }
    }
  }

  @Test("_ is ignored everywhere, and the page and /metrics ignore all")
  func ignored() async throws {
    try await withRoutes(storage) { client in
      for path in [
        "/api/poses?_=1&_=2", "/api/poses?limit=1&_", "/api/poses?", "/api/poses?&&", "/api/health?_=1",
        "/?utm_source=x", "/docs?x", "/app/main.js?v=3", "/metrics?x=1", "/api/openapi.json?v=1",
      ] {
        let answer = try await client.send(.get, path)
        #expect(answer.status == .ok, "\(path)")
      }
    }
  }
}
