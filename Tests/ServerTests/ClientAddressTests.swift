import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import Server

@Suite("The client's address")
struct ClientAddressTests {
  private static let proxies = ["10.0.0.0/8", "2001:db8:1::/48"].compactMap { NetworkRange($0) }

  @Test(
    "is the rightmost entry of X-Forwarded-For that is no trusted proxy",
    arguments: [
      (peer: "203.0.113.9", forwarded: ["198.51.100.1"], client: "203.0.113.9"),
      (peer: "10.0.0.1", forwarded: [], client: "10.0.0.1"),
      (peer: "10.0.0.1", forwarded: ["198.51.100.1"], client: "198.51.100.1"),
      (peer: "127.0.0.1", forwarded: ["198.51.100.1"], client: "198.51.100.1"),
      (peer: "::ffff:10.0.0.1", forwarded: ["198.51.100.1"], client: "198.51.100.1"),
      (peer: "10.0.0.1", forwarded: ["6.6.6.6, 198.51.100.1"], client: "198.51.100.1"),
      (peer: "10.0.0.1", forwarded: ["6.6.6.6, 198.51.100.1,10.0.0.2 "], client: "198.51.100.1"),
      (peer: "10.0.0.1", forwarded: ["6.6.6.6", "198.51.100.1", "\t10.0.0.2"], client: "198.51.100.1"),
      (peer: "10.0.0.1", forwarded: ["10.0.0.3, 10.0.0.2"], client: "10.0.0.3"),
      (peer: "10.0.0.1", forwarded: ["198.51.100.1:4711"], client: "198.51.100.1"),
      (peer: "10.0.0.1", forwarded: ["2001:db8::7"], client: "2001:db8::7"),
      (peer: "10.0.0.1", forwarded: ["[2001:db8::7]:4711, [2001:db8:1::1]"], client: "2001:db8::7"),
      // what is no address was passed on by the last one that is known
      (peer: "10.0.0.1", forwarded: ["6.6.6.6, unknown"], client: "10.0.0.1"),
      (peer: "10.0.0.1", forwarded: ["6.6.6.6, , 10.0.0.2"], client: "10.0.0.2"),
      (peer: "10.0.0.1", forwarded: ["6.6.6.6, 198.51.100.1:x"], client: "10.0.0.1"),
      (peer: "10.0.0.1", forwarded: ["[2001:db8::7"], client: "10.0.0.1"),
      (peer: "10.0.0.1", forwarded: [""], client: "10.0.0.1"),
    ])
  func rightmost(peer: String, forwarded: [String], client: String) throws {
    let address = ClientAddress.of(
      peer: try #require(NetworkAddress(peer)), forwarded: forwarded, proxies: Self.proxies)
    #expect(address.text == client)
  }

  @Test("stands in the request log, and `Forwarded` is nobody's word")
  func log() async throws {
    let lines = RequestLogTests.Lines()
    let logger = Logger(label: "test") { _ in RequestLogTests.Handler(lines: lines) }
    let server = makeServer(MemoryStorage(), configure: { $0.host = "127.0.0.1" }, logger: logger)
    let forwardedFor = try #require(HTTPField.Name("X-Forwarded-For"))
    let forwarded = try #require(HTTPField.Name("Forwarded"))
    try await server.buildApplication().test(.live) { client in
      _ = try await client.send(
        .get, "/api/poses", headers: [forwardedFor: "6.6.6.6, 198.51.100.1", forwarded: "for=7.7.7.7"])
    }
    let line = try #require(lines.all.first { $0.hasPrefix("info GET /api/poses ") })
    #expect(line.contains("198.51.100.1"))
    #expect(!lines.all.contains { $0.contains("6.6.6.6") || $0.contains("7.7.7.7") })
  }
}
