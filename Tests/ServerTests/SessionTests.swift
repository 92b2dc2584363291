import Access
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("The session's cookie")
struct SessionTests {
  private static let key = "s3cret key, long enough"

  /// The cookie's name and value, as a browser sends them back.
  private func cookie(_ response: TestResponse) throws -> String {
    String(try #require(response.headers[.setCookie]).prefix { $0 != ";" })
  }

  @Test("the key is traded for a cookie that opens what the key opens")
  func trade() async throws {
    let storage = MemoryStorage()
    try await withRoutes(storage, configure: { $0.apiKey = Self.key }) { client in
      let before = try await client.send(.get, "/api/session").data
      #expect(before["required"] as? Bool == true && before["active"] as? Bool == false)
      for headers in [[.authorization: "Bearer \(Self.key.split(separator: " ")[0])"], [:]] as [HTTPFields] {
        let refused = try await client.send(.post, "/api/session", headers: headers, body: #"{"apiKey":"wrong"}"#)
        #expect(refused.status == .unauthorized && refused.headers[.setCookie] == nil)
      }
      let opened = try await client.send(.post, "/api/session", body: #"{"apiKey":"\#(Self.key)"}"#)
      #expect(opened.status == .ok)
      #expect(opened.data["active"] as? Bool == true)
      let field = try #require(opened.headers[.setCookie])
      #expect(field.hasSuffix("; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000"))
      #expect(!field.contains(Self.key))

      let cookie = try cookie(opened)
      #expect(try await client.send(.get, "/api/poses").status == .unauthorized)
      let shown = try await client.send(.get, "/api/poses", headers: [.cookie: "a=b; \(cookie); c=d"])
      #expect(shown.status == .ok)
      let active = try await client.send(.get, "/api/session", headers: [.cookie: cookie]).data
      #expect(active["active"] as? Bool == true)
      let closed = try await client.send(.delete, "/api/session", headers: [.cookie: cookie])
      #expect(
        closed.headers[.setCookie] == "posevault_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
      #expect(closed.data["active"] as? Bool == false)
    }
  }

  @Test("the header trades it, too; over TLS the cookie is Secure")
  func header() async throws {
    let configure: (inout ServerConfiguration) -> Void = {
      $0.apiKey = "k"
      $0.publicURL = "https://poses.example.org"
    }
    try await withRoutes(MemoryStorage(), configure: configure) { client in
      let opened = try await client.send(.post, "/api/session", headers: [.authorization: "Bearer k"])
      let field = try #require(opened.headers[.setCookie])
      #expect(field.hasPrefix("__Host-posevault_session="))
      #expect(field.contains("; Path=/; ") && field.contains("; Secure") && !field.contains("Domain"))
      let wrong = try await client.send(.post, "/api/session", body: "[]")
      #expect(wrong.status == .badRequest)
    }
  }

  @Test("without a key none is wanted, and no cookie set")
  func open() async throws {
    try await withRoutes(MemoryStorage()) { client in
      for method in [HTTPRequest.Method.get, .post] {
        let response = try await client.send(method, "/api/session")
        #expect(response.status == .ok && response.headers[.setCookie] == nil)
        #expect(response.data["required"] as? Bool == false && response.data["active"] as? Bool == true)
      }
    }
  }

  @Test("a body larger than a key can be is 413")
  func bodySize() async throws {
    try await withRoutes(MemoryStorage(), configure: { $0.apiKey = "k" }) { client in
      for (count, status) in [(4097, 413), (4096, 401)] {
        let key = String(repeating: "x", count: count - #"{"apiKey":""}"#.utf8.count)
        let answer = try await client.send(.post, "/api/session", body: #"{"apiKey":"\#(key)"}"#)
        #expect(answer.status.code == status)
      }
    }
  }

  @Test("a cookie that is changed, another key's, or nobody's admits nobody; one of several that is right is enough")
  func forged() async throws {
    let access = MemoryAccess()
    try await withRoutes(MemoryStorage(), access: access, configure: { $0.apiKey = "k" }) { client in
      let cookie = try cookie(try await client.send(.post, "/api/session", body: #"{"apiKey":"k"}"#))
      #expect(cookie.wholeMatch(of: /posevault_session=[0-9a-f]{64}/) != nil)
      for other in [
        String(cookie.dropLast()), cookie + "0", "posevault_session=", "posevault_session=k",
        "other=" + cookie.dropFirst("posevault_session=".count), "",
      ] {
        let answer = try await client.send(.get, "/api/poses", headers: [.cookie: other])
        #expect(answer.status == .unauthorized, "\(other)")
      }
      let several = "posevault_session=0; \(cookie)"
      #expect(try await client.send(.get, "/api/poses", headers: [.cookie: several]).status == .ok)
      // a server with another key
      try await withRoutes(MemoryStorage(), access: access, configure: { $0.apiKey = "K" }) { other in
        let refused = try await other.send(.get, "/api/poses", headers: [.cookie: cookie])
        #expect(refused.status == .unauthorized)
      }
    }
  }

  @Test("signing out ends the session: a copy of the cookie opens nothing any more, other sessions go on")
  func closed() async throws {
    try await withRoutes(MemoryStorage(), configure: { $0.apiKey = "k" }) { client in
      let one = try cookie(try await client.send(.post, "/api/session", body: #"{"apiKey":"k"}"#))
      let two = try cookie(try await client.send(.post, "/api/session", body: #"{"apiKey":"k"}"#))
      #expect(one != two)
      _ = try await client.send(.delete, "/api/session", headers: [.cookie: one])
      #expect(try await client.send(.get, "/api/poses", headers: [.cookie: one]).status == .unauthorized)
      #expect(try await client.send(.get, "/api/poses", headers: [.cookie: two]).status == .ok)
    }
  }

  @Test("a session ends after SESSION_DAYS, and has the role of its key")
  func ended() async throws {
    let access = MemoryAccess()
    let viewer = try await access.make(.viewer)
    for (lifetime, status) in [(Int64(1), HTTPResponse.Status.ok), (0, .unauthorized)] {
      try await withRoutes(MemoryStorage(), access: access, configure: { $0.sessionLifetime = lifetime }) { client in
        let opened = try await client.send(.post, "/api/session", body: #"{"apiKey":"\#(viewer)"}"#)
        #expect(opened.data["role"] as? String == "viewer")
        #expect(opened.headers[.setCookie]?.hasSuffix("; Max-Age=\(lifetime)") == true)
        let headers: HTTPFields = [.cookie: try cookie(opened)]
        #expect(try await client.send(.get, "/api/poses", headers: headers).status == status)
        let expected: HTTPResponse.Status = status == .ok ? .forbidden : .unauthorized
        #expect(try await client.send(.delete, "/api/poses/1", headers: headers).status == expected)
      }
    }
  }

  @Test("a sign-in link is traded once for a session of its key, and opens nothing by itself")
  func link() async throws {
    let access = MemoryAccess()
    _ = try await access.make(.viewer)
    let codes = [KeyText.makeSession(), KeyText.makeSession()]
    for (code, end) in zip(codes, [testTime + 600, testTime]) {
      _ = try await access.addSession(.link(KeyText.digest(code), of: 1, at: testTime - 600, endsAt: end))
    }
    try await withRoutes(MemoryStorage(), access: access, configure: { $0.wrongKeyDelay = .zero }) { client in
      let body = #"{"link":"\#(codes[0])"}"#
      for headers in [
        [.cookie: "posevault_session=\(codes[0])"], [.authorization: "Bearer \(codes[0])"],
      ] as [HTTPFields] {
        #expect(try await client.send(.get, "/api/poses", headers: headers).status == .unauthorized)
      }
      let opened = try await client.send(.post, "/api/session", body: body)
      #expect(opened.data["role"] as? String == "viewer")
      let headers: HTTPFields = [.cookie: try cookie(opened)]
      #expect(try await client.send(.get, "/api/poses", headers: headers).status == .ok)
      #expect(try await client.send(.delete, "/api/poses/1", headers: headers).status == .forbidden)
      // used, over, never made
      for code in codes + ["x"] {
        let refused = try await client.send(.post, "/api/session", body: #"{"link":"\#(code)"}"#)
        #expect(refused.status == .unauthorized && refused.headers[.setCookie] == nil)
      }
      let both = try await client.send(.post, "/api/session", body: #"{"link":"a","apiKey":"b"}"#)
      #expect(both.status == .badRequest)
    }
  }

  @Test("what an origin may read varies with Accept and Origin alike")
  func vary() async throws {
    let storage = MemoryStorage()
    let configure: (inout ServerConfiguration) -> Void = { $0.corsOrigins = ["https://app.example.org"] }
    try await withRoutes(storage, configure: configure) { client in
      _ = try await client.upload()
      let response = try await client.send(
        .get, "/api/poses/1/overlay", headers: [.origin: "https://app.example.org"])
      #expect(response.headers[.vary] == "Accept, Origin")
    }
  }
}
