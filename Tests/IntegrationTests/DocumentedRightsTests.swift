import Foundation
import TestServers
import Testing

@Suite("docs/databases.md")
struct DocumentedRightsTests {
  @Test(
    "names rights that are enough, and those that may be taken away after the set-up",
    arguments: MySQLServer.available)
  func rights(_ flavor: MySQLServer.Flavor) async throws {
    try await withTemporaryFolder { folder in
      let databases = try await Databases.start(flavor)
      // makes tables and indexes
      try await ServerProcess.start(in: folder, settings: databases.settings).end(SIGTERM)
      try await databases.mysql.sql(try Documentation.block("sql", 1, of: "databases.md"))

      let server = try await ServerProcess.start(in: folder, settings: databases.settings)
      let upload = try await server.client.send(
        "POST", "/api/extract-pose", headers: ["Content-Type": "image/jpeg"], body: TestPictures.distinct(1))
      #expect(upload.status == 201)
      let row = try await server.client.send("GET", "/api/poses/1")
      let keypoints = try #require((row.json["data"] as? [String: Any])?["keypoints"])
      let edit = try await server.client.send(
        "PUT", "/api/poses/1", headers: ["Content-Type": "application/json"],
        body: Array(JSONSerialization.data(withJSONObject: ["keypoints": keypoints])))
      #expect(edit.status == 200)
      #expect(try await server.client.send("DELETE", "/api/poses/1").status == 200)
      #expect(try await server.end(SIGTERM) == 0)
    }
  }
}
