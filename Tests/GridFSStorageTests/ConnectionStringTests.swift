import CMongoC
import PoseCore
import TestServers
import Testing

@testable import GridFSStorage

@Suite("What a connection string may ask for")
struct ConnectionStringTests {
  @Test(
    "is kept within what hangs nobody and crashes nothing",
    arguments: [
      ("", [2000, 2000, 10_000, 2000, 16]),
      (
        "socketTimeoutMS=0&connectTimeoutMS=0&serverSelectionTimeoutMS=0&waitQueueTimeoutMS=0&maxPoolSize=0",
        [2000, 2000, 10_000, 2000, 16]
      ),
      (
        "socketTimeoutMS=-1&connectTimeoutMS=-1&serverSelectionTimeoutMS=-1&waitQueueTimeoutMS=-1&maxPoolSize=-1",
        [2000, 2000, 10_000, 2000, 16]
      ),
      (
        "socketTimeoutMS=3000&connectTimeoutMS=4000&serverSelectionTimeoutMS=5000&waitQueueTimeoutMS=1&maxPoolSize=1",
        [5000, 4000, 3000, 1, 1]
      ),
      (
        "socketTimeoutMS=2147483647&connectTimeoutMS=120001&serverSelectionTimeoutMS=999999999"
          + "&waitQueueTimeoutMS=600000&maxPoolSize=100000",
        [120_000, 120_000, 120_000, 120_000, 1000]
      ),
    ] as [(String, [Int32])])
  func limits(options: String, expected: [Int32]) async throws {
    let string = try ConnectionString("mongodb://127.0.0.1/?\(options)", clients: 16, .usual)
    let names = [
      "serverSelectionTimeoutMS", "connectTimeoutMS", "socketTimeoutMS", "waitQueueTimeoutMS", "maxPoolSize",
    ]
    #expect(names.map { mongoc_uri_get_option_as_int32(string.parsed, $0, -7) } == expected)
    #expect(string.clients == Int(expected[4]))
    let short = try ConnectionString("mongodb://127.0.0.1/?\(options)", clients: 1, .short, overriding: true)
    #expect(names.map { mongoc_uri_get_option_as_int32(short.parsed, $0, -7) } == [600, 600, 600, 600, 1])
  }

  @Test("for more connections than there can be threads is no crash")
  func manyConnections() async throws {
    try await GridFSFixture.with { fixture in
      _ = try await fixture.open(fixture.uri + "?maxPoolSize=100000")
      let id = try await fixture.put([7])
      #expect(try await fixture.bytes(id) == [7])
    }
  }
}
