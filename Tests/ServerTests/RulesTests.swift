import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Synchronization
import Testing

@testable import Server

@Suite("What every request passes")
struct RulesTests {
  let storage = MemoryStorage()

  @Test("unknown routes are 404 in the documented form", arguments: ["/app", "/api", "/api/nothing", "/api/poses/1/x"])
  func notFound(path: String) async throws {
    try await withRoutes(storage) { client in
      for method in [HTTPRequest.Method.get, .post] {
        let response = try await client.send(method, path)
        #expect(response.status == .notFound)
        #expect(response.errorCode == "NOT_FOUND")
        #expect(response.json["success"] as? Bool == false)
        #expect(response.json["message"] is String)
      }
    }
  }

  @Test("unknown methods of a route are 405 with Allow, OPTIONS 204 with the same")
  func allow() async throws {
    try await withRoutes(storage) { client in
      for (path, wrong, allowed) in [
        ("/api/extract-pose", HTTPRequest.Method.get, "POST, OPTIONS"),
        ("/api/poses", .post, "GET, HEAD, OPTIONS"),
        ("/api/poses/1", .patch, "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("/api/images/x", .delete, "GET, HEAD, OPTIONS"),
        ("/api/health", .put, "GET, HEAD, OPTIONS"),
      ] {
        let refused = try await client.send(wrong, path)
        #expect(refused.status == .methodNotAllowed)
        #expect(refused.headers[.allow] == allowed)
        #expect(refused.errorCode == "METHOD_NOT_ALLOWED")
        let options = try await client.send(.options, path)
        #expect(options.status == .noContent)
        #expect(options.headers[.allow] == allowed)
        #expect(options.headers[.contentLength] == nil)
      }
    }
  }

  @Test("a method that no route knows is 501")
  func unknownMethod() async throws {
    let method = try #require(HTTPRequest.Method("PROPFIND"))
    try await withRoutes(storage) { client in
      let response = try await client.send(method, "/api/poses")
      #expect(response.status == .notImplemented)
      #expect(response.errorCode == "NOT_IMPLEMENTED")
    }
  }

  @Test("an expectation other than 100-continue is 417")
  func expectation() async throws {
    try await withRoutes(storage) { client in
      let response = try await client.send(.get, "/api/poses", headers: [.expect: "a-miracle"])
      #expect(response.status == .expectationFailed)
      #expect(response.errorCode == "EXPECTATION_FAILED")
    }
  }

  @Test("HEAD has GET's fields and no body")
  func head() async throws {
    try await withRoutes(storage) { client in
      _ = try await client.upload()
      for path in ["/api/poses", "/api/poses/1", "/api/poses/export", "/api/health", "/api/health/live"] {
        let get = try await client.send(.get, path)
        let head = try await client.send(.head, path)
        #expect(head.status == .ok)
        #expect(head.headers[.contentLength] == get.headers[.contentLength])
        #expect(head.headers[.eTag] == get.headers[.eTag])
        #expect(head.body.readableBytes == 0)
      }
    }
  }

  @Test("with a key set, every route but health wants it")
  func apiKey() async throws {
    try await withRoutes(storage, configure: { $0.apiKey = "the key" }) { client in
      let paths = ["/api/poses", "/api/poses/1", "/api/images/x", "/api/nothing", "//api/poses", "/api//poses"]
      for path in paths {
        for headers: HTTPFields in [[:], [.authorization: "Bearer wrong"], [.authorization: "the key"]] {
          let refused = try await client.send(.get, path, headers: headers)
          #expect(refused.status == .unauthorized)
          #expect(refused.errorCode == "UNAUTHORIZED")
          #expect(refused.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
        }
      }
      for path in ["/api/health", "/api/health/live"] {
        let health = try await client.send(.get, path)
        #expect(health.status == .ok)
      }
    }
  }

  @Test("the key is taken from either field")
  func apiKeyFields() async throws {
    let name = try #require(HTTPField.Name("X-API-Key"))
    try await withRoutes(storage, configure: { $0.apiKey = "s3cret" }) { client in
      for headers: HTTPFields in [
        [.authorization: "Bearer s3cret"], [.authorization: "bearer s3cret"], [name: "s3cret"],
      ] {
        let response = try await client.send(.get, "/api/poses", headers: headers)
        #expect(response.status == .ok)
      }
    }
  }

  @Test("pages of a foreign origin may not write")
  func foreignOrigin() async throws {
    try await withRoutes(storage) { client in
      for origin in ["https://evil.example", "null", "http://localhost:8080", "https://localhost.evil.example"] {
        let write = try await client.send(.post, "/api/extract-pose", headers: [.origin: origin], body: "P")
        #expect(write.status == .forbidden)
        #expect(write.errorCode == "FORBIDDEN")
        #expect(write.headers[.accessControlAllowOrigin] == nil)
        let read = try await client.send(.get, "/api/poses", headers: [.origin: origin])
        #expect(read.status == .ok)
        #expect(read.headers[.accessControlAllowOrigin] == nil)
      }
      let own = try await client.send(
        .post, "/api/extract-pose", headers: [.origin: "http://localhost"], body: "P")
      #expect(own.status == .created)
    }
    #expect(storage.rowCount == 1)
  }

  @Test("pages of a configured origin may write, read failures, and ask first")
  func corsOrigin() async throws {
    let origin = "https://app.example.org"
    try await withRoutes(
      storage,
      configure: {
        $0.corsOrigins = [origin + "/"]
        $0.apiKey = "key"
      }
    ) { client in
      let asked = try await client.send(
        .options, "/api/poses/1", headers: [.origin: origin, .accessControlRequestMethod: "PUT"])
      #expect(asked.status == .noContent)
      #expect(asked.headers[.accessControlAllowOrigin] == origin)
      #expect(asked.headers[.accessControlAllowMethods]?.contains("PUT") == true)
      #expect(asked.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
      let refused = try await client.send(.get, "/api/poses", headers: [.origin: origin])
      #expect(refused.status == .unauthorized)
      #expect(refused.headers[.accessControlAllowOrigin] == origin)
      let written = try await client.send(
        .post, "/api/extract-pose", headers: [.origin: origin, .authorization: "Bearer key"], body: "P")
      #expect(written.status == .created)
      #expect(written.headers[.accessControlAllowOrigin] == origin)
      #expect(written.headers[.vary] == "Origin")
    }
  }

  @Test(
    "an origin counts as browsers write it, without the scheme's own port",
    arguments: [
      ("https://app.example.org:443", "https://app.example.org"),
      ("http://app.example.org:80", "http://app.example.org"),
      ("http://app.example.org:443", "http://app.example.org:443"), ("https://[::1]:443", "https://[::1]"),
    ])
  func corsPort(configured: String, browser: String) async throws {
    try await withRoutes(storage, configure: { $0.corsOrigins = [configured] }) { client in
      let read = try await client.send(.get, "/api/poses", headers: [.origin: browser])
      #expect(read.headers[.accessControlAllowOrigin] == browser)
      let other = try await client.send(.get, "/api/poses", headers: [.origin: "http://app.example.org:8080"])
      #expect(other.headers[.accessControlAllowOrigin] == nil)
    }
  }

  @Test("each response has an id under which the log knows it")
  func requestID() async throws {
    let name = try #require(HTTPField.Name("X-Request-ID"))
    try await withRoutes(storage) { client in
      let first = try await client.send(.get, "/api/nothing")
      let second = try await client.send(.get, "/api/nothing")
      #expect(first.headers[name] != nil)
      #expect(first.headers[name] != second.headers[name])
    }
  }

  @Test("health names what it stands on")
  func health() async throws {
    try await withRoutes(storage) { client in
      let response = try await client.send(.get, "/api/health")
      #expect(
        String(buffer: response.body)
          == #"{"success":true,"mysql":"not configured","mongodb":"not configured","storage":"connected","pictures":"connected","#
          + Self.noBackup + #""timestamp":"2025-12-10T10:30:00.000Z"}"#)
    }
    try await withRoutes(storage, stores: Self.databases) { client in
      let response = try await client.send(.get, "/api/health")
      #expect(
        String(buffer: response.body)
          == #"{"success":true,"mysql":"connected","mongodb":"connected","pictures":"connected","# + Self.noBackup
          + #""timestamp":"2025-12-10T10:30:00.000Z"}"#)
    }
  }

  private static let databases = HealthKeys(poses: "mysql", pictures: "mongodb")

  private static let noBackup =
    #""backup":{"state":"good","last":null,"lastProvenAt":null,"lastProvenAge":null,"nextRun":null,"unsentMail":0,"#
    + #""inTrouble":false,"troubles":[]},"formats":["image/jpeg","image/png","image/webp"],"#
    + #""trash":{"pictures":0,"bytes":0},"#

  @Test("health tells of each store where one is part of the program, and the other is not")
  func healthOfOneEach() async throws {
    try await withRoutes(storage, stores: HealthKeys(poses: "mysql")) { client in
      let health = try await client.send(.get, "/api/health").json
      #expect(health["mysql"] as? String == "connected")
      #expect(health["mongodb"] as? String == "not configured")
      #expect(health["storage"] as? String == "connected")
      #expect(health["pictures"] as? String == "connected")
    }
  }

  @Test("before the storage is open, health says why, and everything else is refused")
  func opening() async throws {
    let trouble = PoseVaultError(.storageUnavailable, "MySQL at db:3306 can't be reached.")
    let server = makeServer(storage, stores: Self.databases, storageTrouble: trouble)
    try await server.buildApplication().test(.router) { client in
      let health = try await client.send(.get, "/api/health")
      #expect(health.status == .serviceUnavailable)
      #expect(health.json["message"] as? String == trouble.message)
      let list = try await client.send(.get, "/api/poses")
      #expect(list.status == .serviceUnavailable)
      #expect((list.json["error"] as? [String: Any])?["code"] as? String == "STORAGE_UNAVAILABLE")
      let live = try await client.send(.get, "/api/health/live")
      #expect(live.status == .ok)
    }
  }

  @Test("a storage that fails or hangs is 503 within two seconds, and the server still lives")
  func healthDown() async throws {
    storage.state.withLock { $0.pingDelay = .seconds(60) }
    try await withRoutes(storage, stores: Self.databases) { client in
      let response = try await client.send(.get, "/api/health")
      #expect(response.status == .serviceUnavailable)
      #expect(response.json["success"] as? Bool == false)
      #expect(response.json["mysql"] as? String == "disconnected")
      #expect(response.json["mongodb"] as? String == "disconnected")
      let live = try await client.send(.get, "/api/health/live")
      #expect(live.status == .ok)
    }
  }
}
