import Foundation
import Testing

@Suite("kill -9 at any moment", .serialized)
struct KillTests {
  @Test("loses no write that was acknowledged, in 28 kills, 21 of them under load")
  func kills() async throws {
    try await withTemporaryFolder { folder in
      let book = Book()
      for round in 0..<28 {
        // every fourth time while it starts
        if round % 4 == 3 {
          let process = try ServerProcess.launch(in: folder)
          try await Task.sleep(for: .milliseconds(.random(in: 0...1500)))
          kill(process.processIdentifier, SIGKILL)
          _ = try await ServerProcess.wait(for: process)
          continue
        }
        let server = try await ServerProcess.start(in: folder)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<6 { group.addTask { try await work(server.client, book) } }
          try await Task.sleep(for: .milliseconds(.random(in: 20...1500)))
          #expect(try await server.end(SIGKILL) == SIGKILL)
          try await group.waitForAll()
        }
      }
      let server = try await ServerProcess.start(in: folder)
      try await check(server.client, book)
      #expect(try await server.end(SIGTERM) == 0)
    }
  }

  /// Uploads, edits and deletes until the server is gone.
  private func work(_ client: HTTPClient, _ book: Book) async throws {
    do {
      while true {
        switch Int.random(in: 0..<4) {
        case 0:
          guard let id = await book.begin(.delete) else { continue }
          let response = try await client.send("DELETE", "/api/poses/\(id)")
          try #require(response.status == 200)
          await book.acknowledgeDelete(id)
        case 1:
          let x = Float.random(in: 0...1)
          guard let id = await book.begin(.edit(x)) else { continue }
          let response = try await client.send(
            "PUT", "/api/poses/\(id)", headers: ["Content-Type": "application/json"], body: book.edit(id, x: x))
          try #require(response.status == 200)
          await book.acknowledgeEdit(id, x: x)
        default:
          let number = await book.beginUpload()
          let response = try await client.send(
            "POST", "/api/extract-pose", headers: ["Content-Type": "image/jpeg"], body: TestPictures.distinct(number))
          try #require(response.status == 201, "\(String(decoding: response.body, as: UTF8.self))")
          try await book.acknowledgeUpload(number, response)
        }
      }
    } catch is HTTPClient.Disconnected {
      // what was under way stays unacknowledged in the book
    }
  }

  private func check(_ client: HTTPClient, _ book: Book) async throws {
    let rows = try await client.poses()
    let poses = await book.poses
    var unexpected = 0
    for (id, row) in rows {
      let imageID = try #require(row["imageId"] as? String)
      let image = try await client.send("GET", "/api/images/\(imageID)")
      #expect(image.status == 200, "pose \(id) has lost its picture")
      guard let pose = poses[id] else {
        unexpected += 1
        continue
      }
      #expect(imageID == pose.imageID)
      #expect(image.body == (try TestPictures.distinct(pose.picture)), "the picture of pose \(id) has changed")
      let keypoints = try #require(row["keypoints"] as? NSArray)
      let allowed = try pose.allowed.map { try pose.keypoints(x: $0) as NSArray }
      #expect(allowed.contains(keypoints), "the keypoints of pose \(id) are neither the old ones nor the new ones")
    }
    for (id, pose) in poses where rows[id] == nil {
      #expect(pose.mayBeGone, "pose \(id) is lost")
      // of a delete under way the row may be gone, and the picture still there
      guard pose.isGone else { continue }
      #expect(try await client.send("GET", "/api/poses/\(id)").status == 404)
      #expect(try await client.send("GET", "/api/images/\(pose.imageID)").status == 404)
    }
    #expect(poses.allSatisfy { !$1.isGone || rows[$0] == nil }, "a deleted pose has come back")
    #expect(await unexpected <= book.unacknowledgedUploads)
    // the load was one
    #expect(poses.count >= 40)
    print("kill -9: \(poses.count) acknowledged uploads, \(unexpected) unacknowledged ones stored")
  }
}
