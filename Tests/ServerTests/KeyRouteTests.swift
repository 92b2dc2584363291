import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("Keys over the API")
struct KeyRouteTests {
  @Test("the first key is an owner's and closes the server; it makes others, lists them without the keys, revokes them")
  func life() async throws {
    try await withRoutes(MemoryStorage()) { client in
      let viewerFirst = try await client.send(.post, "/api/keys", body: #"{"name":"a","role":"viewer"}"#)
      #expect(viewerFirst.status == .badRequest && viewerFirst.errorCode == "VALIDATION_FAILED")
      let first = try await client.send(.post, "/api/keys", body: #"{"name":"Ann","role":"owner"}"#)
      #expect(first.status == .created && first.headers[.cacheControl] == "no-store")
      let owner = try #require(first.data["key"] as? String)
      #expect(owner.wholeMatch(of: /pv_[0-9a-f]{64}/) != nil)
      #expect(try await client.send(.get, "/api/keys").status == .unauthorized)

      let headers: HTTPFields = [.authorization: "Bearer \(owner)"]
      let second = try await client.send(
        .post, "/api/keys", headers: headers, body: #"{"name":"Bob","role":"viewer","until":"2025-12-31"}"#)
      let viewer = try #require(second.data["key"] as? String)
      // the last day belongs to it
      #expect(second.data["until"] as? String == "2026-01-01T00:00:00.000Z")
      let listed = try await client.send(.get, "/api/keys", headers: headers)
      let keys = try #require(listed.data["keys"] as? [[String: Any]])
      #expect(keys.map { $0["name"] as? String } == ["Ann", "Bob"])
      #expect(keys.map { $0["state"] as? String } == ["valid", "valid"])
      #expect(keys.allSatisfy { $0["key"] == nil && $0["sha256"] == nil })
      #expect(keys[0]["lastUsedAt"] as? String == "2025-12-10T10:30:00.000Z")
      #expect(!String(buffer: listed.body).contains("pv_"))
      #expect(listed.data["apiKey"] as? Bool == false)

      let asViewer: HTTPFields = [.authorization: "Bearer \(viewer)"]
      #expect(try await client.send(.get, "/api/poses", headers: asViewer).status == .ok)
      let id = try #require(second.data["id"] as? Int)
      let revoked = try await client.send(.delete, "/api/keys/\(id)", headers: headers)
      #expect(revoked.data["state"] as? String == "revoked")
      let refused = try await client.send(.get, "/api/poses", headers: asViewer)
      #expect(refused.status == .unauthorized && refused.json["message"] as? String == "This key was revoked.")
      let last = try await client.send(
        .delete, "/api/keys/\(try #require(first.data["id"] as? Int))", headers: headers)
      #expect(last.status == .conflict && last.errorCode == "LAST_OWNER")
      #expect(try await client.send(.delete, "/api/keys/999", headers: headers).status == .notFound)
      #expect(try await client.send(.delete, "/api/keys/x", headers: headers).status == .badRequest)
    }
  }

  @Test("with API_KEY, the last owner's key may be revoked")
  func withAPIKey() async throws {
    try await withRoutes(MemoryStorage(), configure: { $0.apiKey = "a key that is long enough" }) { client in
      var headers: HTTPFields = [.authorization: "Bearer a"]
      headers[custom: "X-API-Key"] = "a key that is long enough"
      let made = try await client.send(.post, "/api/keys", headers: headers, body: #"{"name":"a","role":"owner"}"#)
      let id = try #require(made.data["id"] as? Int)
      #expect(try await client.send(.delete, "/api/keys/\(id)", headers: headers).status == .ok)
      #expect(try await client.send(.get, "/api/keys", headers: headers).data["apiKey"] as? Bool == true)
    }
  }

  @Test(
    "an order that is not as documented makes no key",
    arguments: [
      (#"{}"#, 400), (#"[]"#, 400), (#"{"name":"a"}"#, 400), (#"{"name":"a","role":"root"}"#, 400),
      (#"{"name":"","role":"owner"}"#, 400), (#"{"name":"  ","role":"owner"}"#, 400),
      (#"{"name":"a\nb","role":"owner"}"#, 400), (#"{"name":1,"role":"owner"}"#, 400),
      (#"{"name":"a","role":"owner","untill":"2030-01-01"}"#, 400),
      (#"{"name":"a","role":"owner","until":"soon"}"#, 400),
      (#"{"name":"a","role":"owner","until":"2025-12-09"}"#, 400),
      (#"{"name":"a","role":"owner","until":"2025-12-10T10:30:00Z"}"#, 400),
      (#"{"name":"a","role":"owner","role":"viewer"}"#, 400),
      (#"{"name":"\#(String(repeating: "a", count: 101))","role":"owner"}"#, 400),
      (#"{"name":"a","role":"owner"\#(String(repeating: " ", count: 4096))}"#, 413),
    ])
  func wrong(body: String, status: Int) async throws {
    try await withRoutes(MemoryStorage()) { client in
      let answer = try await client.send(.post, "/api/keys", body: body)
      #expect(answer.status.code == status)
      #expect(try await client.send(.get, "/api/keys").data["keys"] as? [String] == [])
    }
  }
}

@Suite("A key while its request is still coming in")
struct HalfSentTests {
  /// Sends a request but for the end of its body.
  private func begin(
    _ method: String, _ path: String, _ body: String, key: String?, to server: RunningServer
  ) async throws -> RawConnection {
    let client = try await RawConnection.open(port: server.port)
    let shown = key.map { "X-API-Key: \($0)\r\n" } ?? ""
    try await client.send(
      "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(shown)"
        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body.dropLast())")
    return client
  }

  private func whole(_ method: String, _ path: String, key: String?, of server: RunningServer) async throws -> String {
    let client = try await RawConnection.open(port: server.port)
    let shown = key.map { "X-API-Key: \($0)\r\n" } ?? ""
    try await client.send("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(shown)\r\n")
    return try #require(try await client.untilClosed())
  }

  @Test("one that is revoked before the body ends makes no key, changes no pose and stores no picture")
  func revoked() async throws {
    let access = MemoryAccess()
    let owner = try await access.make(.owner)
    let stolen = try await access.make(.owner)
    let storage = MemoryStorage()
    try await withServer(storage, access: access) { server in
      let order = #"{"name":"a","role":"owner"}"#
      let requests = [
        ("POST", "/api/keys", order), ("PUT", "/api/poses/1", #"{"keypoints":[]}"#),
        ("POST", "/api/extract-pose", "PP"),
      ]
      // what is revoked later gets through now
      for (method, path, body) in requests where method == "POST" {
        let client = try await begin(method, path, body, key: stolen, to: server)
        try await client.send(String(body.suffix(1)))
        #expect(try await client.untilClosed()?.hasPrefix("HTTP/1.1 201 ") == true, "\(path)")
      }
      var begun: [RawConnection] = []
      for (method, path, body) in requests {
        begun.append(try await begin(method, path, body, key: stolen, to: server))
      }
      // the server has their heads once it has answered this one behind them
      #expect(try await whole("GET", "/api/keys", key: stolen, of: server).hasPrefix("HTTP/1.1 200 "))
      try await Task.sleep(for: .milliseconds(100))
      #expect(try await whole("DELETE", "/api/keys/2", key: owner, of: server).hasPrefix("HTTP/1.1 200 "))
      for (client, (_, path, body)) in zip(begun, requests) {
        try await client.send(String(body.suffix(1)))
        let answer = try #require(try await client.untilClosed())
        #expect(answer.hasPrefix("HTTP/1.1 401 ") && answer.contains("This key was revoked."), "\(path) \(answer)")
      }
    }
    #expect(try await access.accessState(since: nil)?.keys.count == 3)
    #expect(storage.imageCount == 1)
  }

  @Test("a stranger's request that began before the first key was made doesn't go on without one")
  func stranger() async throws {
    let access = MemoryAccess()
    try await withServer(access: access) { server in
      let order = #"{"name":"stranger","role":"owner"}"#
      let client = try await begin("POST", "/api/keys", order, key: nil, to: server)
      #expect(try await whole("GET", "/api/keys", key: nil, of: server).hasPrefix("HTTP/1.1 200 "))
      try await Task.sleep(for: .milliseconds(100))
      // on the command line: nothing tells the server, which may take its word of a second ago
      _ = try await access.make(.owner)
      try await client.send(String(order.suffix(1)))
      #expect(try #require(try await client.untilClosed()).hasPrefix("HTTP/1.1 401 "))
    }
    #expect(try await access.accessState(since: nil)?.keys.count == 1)
  }
}

@Suite("The rate of a key, at the server")
struct KeyRateTests {
  @Test("uploads, drawn pictures and exports are counted for each key, and 429 says when to come again")
  func server() async throws {
    let access = MemoryAccess()
    let one = try await access.make(.editor)
    let two = try await access.make(.editor)
    let configure: (inout ServerConfiguration) -> Void = {
      $0.maxUploadsPerMinute = 2
      $0.maxDrawingsPerMinute = 2
      $0.maxExportsPerMinute = 2
    }
    try await withRoutes(MemoryStorage(), access: access, configure: configure) { client in
      for (method, path, body) in [
        (HTTPRequest.Method.post, "/api/extract-pose", "P"), (.get, "/api/poses/1/overlay", nil),
        (.get, "/api/poses/export", nil),
      ] as [(HTTPRequest.Method, String, String?)] {
        func send(_ key: String) async throws -> TestResponse {
          try await client.send(method, path, headers: [.authorization: "Bearer \(key)"], body: body)
        }
        for _ in 0..<2 { #expect(try await send(one).status.code < 300, "\(path)") }
        let limited = try await send(one)
        #expect(limited.status == .tooManyRequests && limited.errorCode == "TOO_MANY_REQUESTS")
        #expect(limited.headers[.retryAfter].flatMap { Int($0) }.map { (1...31).contains($0) } == true)
        #expect(try await send(two).status.code < 300, "\(path)")
      }
      // reading has no such limit
      for _ in 0..<10 {
        #expect(try await client.send(.get, "/api/poses", headers: [.authorization: "Bearer \(one)"]).status == .ok)
      }
    }
  }
}

@Suite("Where somebody is signed in")
struct SessionListTests {
  @Test("each key sees and ends its own sessions, an owner all")
  func own() async throws {
    let access = MemoryAccess()
    let viewer = try await access.make(.viewer)
    let uploader = try await access.make(.uploader)
    let owner = try await access.make(.owner)
    try await withRoutes(MemoryStorage(), access: access) { client in
      var cookies: [String] = []
      for key in [viewer, viewer, uploader] {
        let opened = try await client.send(.post, "/api/session", body: #"{"apiKey":"\#(key)"}"#)
        cookies.append(String(try #require(opened.headers[.setCookie]).prefix { $0 != ";" }))
      }
      func sessions(_ headers: HTTPFields) async throws -> [[String: Any]] {
        try #require(
          try await client.send(.get, "/api/sessions", headers: headers).data["sessions"] as? [[String: Any]])
      }
      let own = try await sessions([.cookie: cookies[0]])
      #expect(own.map { $0["current"] as? Bool } == [true, false])
      #expect(own.allSatisfy { $0["name"] as? String == "viewer" && $0["role"] as? String == "viewer" })
      let all = try await sessions([.authorization: "Bearer \(owner)"])
      #expect(all.count == 3 && all.allSatisfy { $0["current"] as? Bool == false })
      let other = try #require(all.last?["id"] as? Int)
      let mine = try #require(own.last?["id"] as? Int)
      #expect(
        try await client.send(.delete, "/api/sessions/\(other)", headers: [.cookie: cookies[0]]).status == .notFound)
      #expect(try await client.send(.delete, "/api/sessions/\(mine)", headers: [.cookie: cookies[0]]).status == .ok)
      #expect(try await client.send(.get, "/api/poses", headers: [.cookie: cookies[1]]).status == .unauthorized)
      let ended = try await client.send(.delete, "/api/sessions/\(other)", headers: [.authorization: "Bearer \(owner)"])
      #expect(ended.status == .ok)
      #expect(
        try await client.send(.get, "/api/session", headers: [.cookie: cookies[2]]).data["active"] as? Bool == false)
      #expect(try await client.send(.delete, "/api/sessions/x", headers: [.cookie: cookies[0]]).status == .badRequest)
    }
  }
}
