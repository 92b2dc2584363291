import HTTPTypes
import HummingbirdTesting
import NIOCore
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
      #expect(opened.headers[.setCookie]?.contains("; Secure") == true)
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

  @Test("a cookie that is changed, has ended, or is another key's admits nobody")
  func forged() throws {
    let session = SessionCookie(apiKey: "k", isSecure: false)
    let issued = String(session.issued(at: testTime).prefix { $0 != ";" })
    func admits(_ cookie: String, at now: Int64 = testTime, _ session: SessionCookie) -> Bool {
      session.admits([.cookie: cookie], at: now)
    }
    #expect(admits(issued, session))
    #expect(admits(issued, at: testTime + SessionCookie.lifetime - 1, session))
    #expect(!admits(issued, at: testTime + SessionCookie.lifetime, session))
    #expect(!admits(issued, SessionCookie(apiKey: "K", isSecure: false)))
    let code = try #require(issued.split(separator: ".").last)
    for cookie in [
      "posevault_session=\(testTime + 1 + SessionCookie.lifetime).\(code)", String(issued.dropLast()), issued + "0",
      "posevault_session=", "posevault_session=.", "posevault_session=99999999999999999999.\(code)",
      "other=" + issued.dropFirst("posevault_session=".count), "",
    ] {
      #expect(!admits(cookie, session), "\(cookie)")
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
