import Foundation
import TestServers
import Testing

@Suite("Two servers on the same databases, behind nginx", .serialized)
struct TwoServersTests {
  static let pictures = 300

  @Test(
    "every row, picture and acknowledged edit is there after hundreds of uploads, edits and deletes at once",
    arguments: MySQLServer.available)
  func accounting(_ flavor: MySQLServer.Flavor) async throws {
    try await withTemporaryFolder { folder in
      let databases = try await Databases.start(flavor)
      let settings = databases.settings.merging(["WORKERS": "1", "TRASH_DAYS": "0"]) { $1 }
      // both may find that the tables are not there yet
      async let first = ServerProcess.start(in: folder + "/first", settings: settings)
      async let second = ServerProcess.start(in: folder + "/second", settings: settings)
      let servers = [try await first, try await second]
      let proxy = try await TLSProxy.start(in: folder, ports: servers.map(\.client.port))

      let tally = Tally(pictures: Self.pictures)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 { group.addTask { try await work(proxy.client, tally) } }
        try await group.waitForAll()
      }
      try await check(servers.map(\.client), databases, tally)
      for (server, name) in zip(servers, ["first", "second"]) {
        let uploads = ServerProcess.log(in: "\(folder)/\(name)").matches(of: /POST \/api\/extract-pose/).count
        #expect(uploads >= Self.pictures / 4, "the \(name) server had no part in it")
        #expect(try await server.end(SIGTERM) == 0)
      }
    }
  }

  /// Uploads pictures until there are none left; after each, edits and deletes what others may change just then, too.
  private func work(_ client: HTTPClient, _ tally: Tally) async throws {
    while let picture = await tally.nextPicture() {
      let response = try await client.send(
        "POST", "/api/extract-pose", headers: ["Content-Type": "image/jpeg"], body: TestPictures.distinct(picture))
      try #require(response.status == 201, "\(String(decoding: response.body, as: UTF8.self))")
      try await tally.acknowledgeUpload(picture, response)
      for _ in 0..<2 {
        if let id = await tally.choose() { try await edit(id, client, tally) }
      }
      guard picture % 4 == 0, let id = await tally.choose() else { continue }
      await tally.beginDelete(id)
      async let one: Void = delete(id, client, tally)
      async let other: Void = delete(id, client, tally)
      _ = try await (one, other)
    }
  }

  private func edit(_ id: Int, _ client: HTTPClient, _ tally: Tally) async throws {
    let read = try await client.send("GET", "/api/poses/\(id)")
    if read.status == 404 {
      #expect(await tally.mayBeGone(id), "pose \(id) is lost")
      return
    }
    try #require(read.status == 200)
    var keypoints = try Self.keypoints(try #require(read.json["data"] as? [String: Any]))
    keypoints[0]["x"] = try Self.edits(keypoints) + 1
    let body = Array(try JSONSerialization.data(withJSONObject: ["keypoints": keypoints]))
    let response = try await client.send(
      "PUT", "/api/poses/\(id)",
      headers: ["Content-Type": "application/json", "If-Match": try #require(read.headers["etag"])], body: body)
    switch response.status {
    case 200: await tally.acknowledgeEdit(id)
    case 412: await tally.countConflict()
    case 404: #expect(await tally.mayBeGone(id), "pose \(id) is lost")
    default: Issue.record("PUT: \(response.status) \(String(decoding: response.body, as: UTF8.self))")
    }
  }

  private func delete(_ id: Int, _ client: HTTPClient, _ tally: Tally) async throws {
    let response = try await client.send("DELETE", "/api/poses/\(id)")
    if response.status == 200 { await tally.acknowledgeDelete(id) }
    #expect([200, 404].contains(response.status), "\(String(decoding: response.body, as: UTF8.self))")
  }

  private func check(_ clients: [HTTPClient], _ databases: Databases, _ tally: Tally) async throws {
    let poses = await tally.poses
    let kept = poses.filter { !$1.mayBeGone }
    for client in clients {
      let rows = try await client.poses()
      #expect(Set(rows.keys) == Set(kept.keys))
      for (id, row) in rows {
        let pose = try #require(kept[id])
        #expect(try Self.edits(Self.keypoints(row)) == pose.edits, "pose \(id) has lost an acknowledged edit")
        #expect(row["imageId"] as? String == pose.imageID)
        let image = try await client.send("GET", "/api/images/\(pose.imageID)")
        #expect(image.body == (try TestPictures.distinct(pose.picture)), "the picture of pose \(id) has changed")
      }
      for (id, pose) in poses where pose.mayBeGone {
        #expect(pose.deletes == 1, "of two deletes of pose \(id), \(pose.deletes) were acknowledged")
        #expect(try await client.send("GET", "/api/images/\(pose.imageID)").status == 404)
      }
    }
    // by other eyes: as many rows and pictures, and no chunk of a picture that is gone
    #expect(poses.count == Self.pictures)
    #expect(
      try await databases.sql("SELECT COUNT(*), COUNT(DISTINCT image_id) FROM poses")
        == "\(kept.count)\t\(kept.count)\n")
    let stored = try await databases.python(
      "print(db['images.files'].count_documents({}), len(db['images.chunks'].distinct('files_id')))")
    #expect(stored == "\(kept.count) \(kept.count)\n")
    // the load was one
    #expect(kept.values.map(\.edits).reduce(0, +) >= 100)
    #expect(kept.count < poses.count - 40)
    #expect(await tally.conflicts > 0)
    print(
      "two servers: \(kept.count) poses kept, \(poses.count - kept.count) deleted, \(await tally.conflicts) conflicts")
  }

  private static func keypoints(_ pose: [String: Any]) throws -> [[String: Any]] {
    try #require(pose["keypoints"] as? [[String: Any]])
  }

  /// The nose's x of a picture is between 0 and 1; each edit adds 1 to what is before the point.
  private static func edits(_ keypoints: [[String: Any]]) throws -> Int {
    Int(try #require(keypoints[0]["x"] as? Double))
  }
}
