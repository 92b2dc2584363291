import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

@testable import Server

@Suite("The request log")
struct RequestLogTests {
  /// Keeps each line with its metadata.
  final class Lines: Sendable {
    let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
  }

  struct Handler: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let all = metadata.merging(event.metadata ?? [:]) { $1 }
      lines.lines.withLock { $0.append("\(event.level) \(event.message) \(all)") }
    }
  }

  @Test("one line per request with its id, and no secret in any line")
  func lines() async throws {
    let lines = Lines()
    let logger = Logger(label: "test") { _ in Handler(lines: lines) }
    let server = makeServer(MemoryStorage(), configure: { $0.apiKey = "s3cret" }, logger: logger)
    let name = try #require(HTTPField.Name("X-Request-ID"))
    try await server.buildApplication().test(.router) { client in
      let response = try await client.send(
        .get, "/api/poses?page=1&fileName=hidden", headers: [.authorization: "Bearer s3cret"])
      #expect(response.status == .ok)
      let id = try #require(response.headers[name])
      let requests = lines.all.filter { $0.hasPrefix("info GET /api/poses ") }
      #expect(requests.count == 1)
      #expect(requests.first?.contains(id) == true)
      #expect(requests.first?.contains("200") == true)
      // the key's id
      #expect(requests.first?.contains("API_KEY") == true)
      _ = try await client.send(.get, "/api/poses", headers: [.authorization: "Bearer wrong-s3cret"])
    }
    #expect(!lines.all.contains { $0.contains("s3cret") || $0.contains("hidden") })
  }

  @Test("a key that somebody puts in the path reaches neither the log nor an answer")
  func keyInPath() async throws {
    let lines = Lines()
    let logger = Logger(label: "test") { _ in Handler(lines: lines) }
    let key = "pv_" + String(repeating: "0123456789abcdef", count: 4)
    try await makeServer(MemoryStorage(), logger: logger).buildApplication().test(.router) { client in
      for path in ["/api/keys/\(key)", "/api/sessions/\(key)", "/api/\(key)", "/\(key)"] {
        let answer = try await client.send(.delete, path)
        #expect(answer.status.code >= 400)
        #expect(!String(buffer: answer.body).contains(key), "\(path)")
      }
    }
    #expect(lines.all.contains { $0.contains("DELETE /api/keys/pv_…") })
    #expect(!lines.all.contains { $0.contains(key) })
  }
}
