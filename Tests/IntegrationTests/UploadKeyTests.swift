import Foundation
import TestServers
import Testing

@Suite("One upload, sent again and again", .serialized)
struct UploadKeyTests {
  @Test("is stored once by two servers on one database, and by one that was killed", arguments: MySQLServer.available)
  func twoServers(_ flavor: MySQLServer.Flavor) async throws {
    try await withTemporaryFolder { folder in
      let databases = try await Databases.start(flavor)
      let settings = databases.settings.merging(["WORKERS": "1"]) { $1 }
      async let first = ServerProcess.start(in: folder + "/first", settings: settings)
      async let second = ServerProcess.start(in: folder + "/second", settings: settings)
      let servers = [try await first, try await second]
      let picture = try TestPictures.distinct(1)
      let answers = try await withThrowingTaskGroup(of: [UInt8].self) { group in
        for number in 0..<8 {
          group.addTask { try await Self.upload(picture, to: servers[number % 2].client).body }
        }
        return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
      }
      #expect(answers.count == 1)
      try await Self.requireOne(databases)

      #expect(try await servers[0].end(SIGKILL) != 0)
      let restarted = try await ServerProcess.start(in: folder + "/first", settings: settings)
      let again = try await Self.upload(picture, to: restarted.client)
      #expect(again.headers["idempotent-replayed"] == "true")
      #expect([again.body] == Array(answers))
      let other = try await restarted.client.send(
        "POST", "/api/extract-pose", headers: Self.headers, body: TestPictures.distinct(2))
      #expect(other.status == 409)
      try await Self.requireOne(databases)
      for server in [restarted, servers[1]] { #expect(try await server.end(SIGTERM) == 0) }
    }
  }

  private static let headers = ["Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"]

  /// Tries again until it is answered.
  private static func upload(_ picture: [UInt8], to client: HTTPClient) async throws -> HTTPClient.Response {
    while true {
      let response = try await client.send("POST", "/api/extract-pose", headers: headers, body: picture)
      if response.status == 201 { return response }
      let error = response.json["error"] as? [String: Any]
      try #require(response.status == 409 && error?["code"] as? String == "IDEMPOTENCY_KEY_IN_USE")
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private static func requireOne(_ databases: Databases) async throws {
    #expect(try await databases.sql("SELECT COUNT(*) FROM poses") == "1\n")
    #expect(try await databases.python("print(db['images.files'].count_documents({}))") == "1\n")
    let kept = try await databases.sql("SELECT * FROM posevault_uploads")
    #expect(!kept.contains("8e03978e"))
  }
}
