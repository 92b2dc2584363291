import HTTPTypes
import HummingbirdTesting
import PoseCore
import Testing

@testable import Server

@Suite("Guessing keys")
struct GuessingTests {
  /// As a request that a proxy on this machine passes on.
  private func head(_ path: String, from client: String, key: String, fields: String) -> String {
    "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Forwarded-For: \(client)\r\n"
      + "X-API-Key: \(key)\r\n\(fields)\r\n"
  }

  /// - Parameter fields: further ones, each with its line break.
  private func status(
    _ server: RunningServer, from client: String, key: String, fields: String = ""
  ) async throws -> String {
    let connection = try await RawConnection.open(port: server.port)
    try await connection.send(head("/api/poses", from: client, key: key, fields: fields))
    let answer = try #require(try await connection.untilClosed())
    return String(answer.dropFirst("HTTP/1.1 ".count).prefix(3))
  }

  @Test("after twenty wrong keys an address gets 429; its network of 64 bits counts as one, and others are not touched")
  func limited() async throws {
    try await withServer(configure: {
      $0.apiKey = "a key that is long enough"
      $0.wrongKeyDelay = .zero
    }) { server in
      for (number, client) in (0..<20).map({ ($0, "2001:db8:1:2::\($0 + 1)") }) {
        let answer = try await status(server, from: client, key: "wrong\(number)")
        #expect(answer == "401")
      }
      #expect(try await status(server, from: "2001:db8:1:2:ffff::1", key: "w") == "429")
      #expect(try await status(server, from: "2001:db8:1:3::1", key: "w") == "401")
      #expect(try await status(server, from: "192.0.2.1", key: "w") == "401")
    }
  }

  @Test("right keys pass from where wrong ones are limited, those of the storage and a long API_KEY")
  func rightKey() async throws {
    let access = MemoryAccess()
    let viewer = try await access.make(.viewer)
    try await withServer(
      access: access,
      configure: {
        $0.apiKey = "a-key-that-is-long-enough"
        $0.wrongKeyDelay = .zero
      }
    ) { server in
      for _ in 0..<30 { _ = try await status(server, from: "192.0.2.1", key: "w") }
      #expect(try await status(server, from: "192.0.2.1", key: "w") == "429")
      #expect(try await status(server, from: "192.0.2.1", key: viewer) == "200")
      #expect(try await status(server, from: "192.0.2.1", key: "a-key-that-is-long-enough") == "200")
    }
  }

  @Test("a short API_KEY is not looked at where wrong ones are limited, unless it was right there before")
  func shortKey() async throws {
    try await withServer(configure: {
      $0.apiKey = "short"
      $0.wrongKeyDelay = .zero
    }) { server in
      #expect(try await status(server, from: "192.0.2.2", key: "short") == "200")
      for client in ["192.0.2.1", "192.0.2.2"] {
        for _ in 0..<30 { _ = try await status(server, from: client, key: "w") }
      }
      #expect(try await status(server, from: "192.0.2.1", key: "short") == "429")
      #expect(try await status(server, from: "192.0.2.2", key: "short") == "200")
      #expect(try await status(server, from: "192.0.2.3", key: "short") == "200")
    }
  }

  @Test("a place that has shown a short API_KEY has no guesses without end")
  func trusted() async throws {
    try await withServer(configure: {
      $0.apiKey = "short"
      $0.wrongKeyDelay = .zero
    }) { server in
      #expect(try await status(server, from: "192.0.2.2", key: "short") == "200")
      for _ in 0..<60 { _ = try await status(server, from: "192.0.2.2", key: "w") }
      #expect(try await status(server, from: "192.0.2.2", key: "short") == "429")
    }
  }

  @Test(
    "what is shown beside a guess hides it from no limit: a cookie, a revoked key, a key that is right, a second guess")
  func besides() async throws {
    let access = MemoryAccess()
    let viewer = try await access.make(.viewer)
    let revoked = try await access.make(.viewer)
    _ = try await access.revokeKey(2, at: testTime, hasOtherOwner: true)
    try await withServer(
      access: access,
      configure: {
        $0.apiKey = "short"
        $0.wrongKeyDelay = .zero
      }
    ) { server in
      let cases = [
        ("192.0.2.1", "Cookie: posevault_session=x", "401"), ("192.0.2.2", "Authorization: Bearer \(revoked)", "401"),
        ("192.0.2.3", "Authorization: Bearer \(viewer)", "200"), ("192.0.2.4", "Authorization: Bearer v", "401"),
      ]
      for (client, fields, answer) in cases {
        #expect(try await status(server, from: client, key: "w", fields: fields + "\r\n") == answer, "\(fields)")
        for _ in 0..<30 { _ = try await status(server, from: client, key: "w", fields: fields + "\r\n") }
        // where two keys are shown, one guess may be left
        _ = try await status(server, from: client, key: "w")
        #expect(try await status(server, from: client, key: "short") == "429", "\(fields)")
      }
    }
  }

  @Test("429 says when to come again; health answers a guesser as one without a key, and counts")
  func health() async throws {
    try await withRoutes(MemoryStorage(), configure: { $0.apiKey = "a key that is long enough" }) { client in
      for _ in 0..<20 {
        let answer = try await client.send(.get, "/api/health", headers: [.authorization: "Bearer w"])
        #expect(answer.status == .ok)
        #expect((answer.json["backup"] as? [String: Any])?["troubles"] == nil)
      }
      let limited = try await client.send(.get, "/api/poses", headers: [.authorization: "Bearer w"])
      #expect(limited.status == .tooManyRequests && limited.errorCode == "TOO_MANY_REQUESTS")
      let seconds = try #require(limited.headers[.retryAfter].flatMap { Int($0) })
      #expect((1...4).contains(seconds))
      let signIn = try await client.send(.post, "/api/session", body: #"{"apiKey":"w"}"#)
      #expect(signIn.status == .tooManyRequests)
      // one without a key guesses nothing
      #expect(try await client.send(.get, "/api/poses").status == .unauthorized)
    }
  }
}
