import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("What is shown on request, and reverts")
struct CorrectionTests {
  let storage = MemoryStorage()

  /// The keypoints that the fake extractor finds, with the nose and the left ear moved.
  private static func corrected() throws -> String {
    let keypoints = Landmark.allCases.map { landmark in
      var keypoint = FakeExtractor.pose(0).keypoints[landmark.rawValue]
      if landmark == .nose { keypoint.x = 0.75 }
      if landmark == .leftEar { keypoint.visibility = 1 }
      return [
        "x": Double(keypoint.x), "y": Double(keypoint.y), "z": Double(keypoint.z),
        "visibility": Double(keypoint.visibility), "name": landmark.name,
      ]
    }
    let data = try JSONSerialization.data(withJSONObject: ["keypoints": keypoints])
    return String(decoding: data, as: UTF8.self)
  }

  private func upload(_ client: any TestClientProtocol, _ name: String = "me.png", query: String = "") async throws
    -> TestResponse
  {
    let form = Form(boundary: "b", fields: [.init("image", fileName: name, "P")])
    return try await client.send(
      .post, "/api/extract-pose\(query)", headers: [.contentType: "multipart/form-data; boundary=b"], body: form.text)
  }

  @Test("include=details tells score, box, size and file name, at once and later")
  func details() async throws {
    try await withRoutes(storage) { client in
      let created = try await upload(client, query: "?include=details").data
      let shown = try await client.send(.get, "/api/poses/1?include=details").data
      let listed = try await client.send(.get, "/api/poses?include=details").data
      for pose in [created, shown, (listed["poses"] as? [[String: Any]])?.first ?? [:]] {
        #expect(pose["score"] as? Double == 0.9)
        // keypoint i lies at x = i/64, y = 0
        #expect(pose["box"] as? [String: Double] == ["x": 0, "y": 0, "width": 0.5, "height": 0])
        let image = try #require(pose["image"] as? [String: Any])
        #expect(image["width"] as? Int == 4 && image["height"] as? Int == 3)
        #expect(image["fileName"] as? String == "me.png")
        #expect(pose["worldKeypoints"] == nil && pose["corrected"] == nil && pose["detectedKeypoints"] == nil)
      }
    }
  }

  @Test("include=corrected marks the joints that differ from the detection, which a revert brings back")
  func corrections() async throws {
    let body = try Self.corrected()
    let query = "?include=corrected,detection,world"
    try await withRoutes(storage) { client in
      _ = try await upload(client)
      let detected = try await client.send(.get, "/api/poses/1\(query)").data
      #expect(detected["corrected"] as? Bool == false)
      #expect(detected["correctedAt"] is NSNull && detected["detectedKeypoints"] is NSNull)
      #expect(detected["worldKeypointsStale"] as? Bool == false)
      let before = try #require(detected["keypoints"] as? [[String: Any]])
      #expect(before.allSatisfy { $0["corrected"] as? Bool == false })

      let changed = try await client.send(.put, "/api/poses/1\(query)", body: body).data
      #expect(changed["corrected"] as? Bool == true)
      #expect(changed["correctedAt"] as? String == "2025-12-10T10:30:00.000Z")
      #expect(changed["worldKeypointsStale"] as? Bool == true)
      #expect((changed["worldKeypoints"] as? [[String: Any]])?[0]["z"] as? Double == 0.125)
      let after = try #require(changed["keypoints"] as? [[String: Any]])
      let moved = after.filter { $0["corrected"] as? Bool == true }.compactMap { $0["name"] as? String }
      #expect(moved == ["nose", "left_ear"])
      let kept = try #require(changed["detectedKeypoints"] as? [[String: Any]])
      #expect(kept[0]["x"] as? Double == 0)

      let reverted = try await client.send(.post, "/api/poses/1/revert\(query)")
      #expect(reverted.status == .ok)
      #expect(reverted.json["message"] as? String == "Pose reverted successfully")
      #expect(reverted.data as NSDictionary == detected as NSDictionary)
    }
  }

  @Test("one tag for all inclusions; If-Match guards a revert, too")
  func tags() async throws {
    let body = try Self.corrected()
    try await withRoutes(storage) { client in
      _ = try await upload(client)
      let first = try #require(try await client.send(.get, "/api/poses/1").headers[.eTag])
      let full = try await client.send(.get, "/api/poses/1?include=details,world,corrected,detection")
      #expect(full.headers[.eTag] == first)
      let changed = try await client.send(.put, "/api/poses/1", headers: [.ifMatch: first], body: body)
      let tag = try #require(changed.headers[.eTag])
      #expect(changed.status == .ok && tag != first)

      let refused = try await client.send(.post, "/api/poses/1/revert", headers: [.ifMatch: first])
      #expect(refused.status == .preconditionFailed)
      let reverted = try await client.send(.post, "/api/poses/1/revert", headers: [.ifMatch: tag])
      #expect(reverted.status == .ok)
      let missing = try await client.send(.post, "/api/poses/2/revert")
      #expect(missing.status == .notFound)
      let wrong = try await client.send(.get, "/api/poses/1/revert")
      #expect(wrong.status == .methodNotAllowed && wrong.headers[.allow] == "POST, OPTIONS")
    }
  }

  @Test("a correction that changes nothing is one, and shows in the tag")
  func sameAgain() async throws {
    try await withRoutes(storage) { client in
      _ = try await upload(client)
      let shown = try await client.send(.get, "/api/poses/1")
      let keypoints = try JSONSerialization.data(
        withJSONObject: ["keypoints": try #require(shown.data["keypoints"])])
      let changed = try await client.send(
        .put, "/api/poses/1?include=corrected", body: String(decoding: keypoints, as: UTF8.self))
      #expect(changed.data["corrected"] as? Bool == true)
      let joints = try #require(changed.data["keypoints"] as? [[String: Any]])
      #expect(joints.allSatisfy { $0["corrected"] as? Bool == false })
      #expect(changed.headers[.eTag] != shown.headers[.eTag])
    }
  }

  @Test("an older row shows null for what it hasn't, and odd keypoints as they are")
  func olderRow() async throws {
    storage.adopt(PoseRecord(id: 1, imageID: "x", keypoints: Array("[1]".utf8), createdAt: nil, updatedAt: nil))
    try await withRoutes(storage) { client in
      let response = try await client.send(.get, "/api/poses/1?include=details,world,corrected,detection")
      #expect(
        String(buffer: response.body)
          == #"{"success":true,"data":{"id":1,"imageId":"x","imageUrl":"http://localhost/api/images/x","#
          + #""keypoints":[1],"score":null,"box":null,"image":{"width":null,"height":null,"fileName":null},"#
          + #""worldKeypoints":null,"worldKeypointsStale":false,"corrected":false,"correctedAt":null,"#
          + #""detectedKeypoints":null,"createdAt":null,"updatedAt":null}}"#)
    }
  }

  @Test("lists are filtered by file name, date and correction, and counted so")
  func filters() async throws {
    let body = try Self.corrected()
    try await withRoutes(storage) { client in
      for name in ["Run 1.png", "run 2.png", "walk.png"] { _ = try await upload(client, name) }
      _ = try await client.send(.put, "/api/poses/2", body: body)
      for (query, expected) in [
        ("fileName=RUN", [2, 1]), ("fileName=run%201", [1]), ("fileName=", [3, 2, 1]), ("corrected=true", [2]),
        ("corrected=false&fileName=n", [3, 1]), ("from=2025-12-10&to=2025-12-10", [3, 2, 1]),
        ("from=2025-12-11", []), ("to=2025-12-09", []),
        ("from=2025-12-10T10:30:00Z&to=2025-12-10T10:30:00Z", [3, 2, 1]),
        ("from=2025-12-10T10:30:01.000Z", []), ("to=2025-12-10T10:29:59Z", []),
      ] as [(String, [Int])] {
        let page = try await client.send(.get, "/api/poses?\(query)").data
        #expect((page["poses"] as? [[String: Any]])?.map { $0["id"] as? Int } == expected, "\(query)")
        #expect((page["pagination"] as? [String: Any])?["total"] as? Int == expected.count, "\(query)")
        let next = try await client.send(.get, "/api/poses?\(query)&after=3").data
        #expect(
          (next["poses"] as? [[String: Any]])?.map { $0["id"] as? Int } == expected.filter { $0 < 3 }, "\(query)")
      }
    }
  }

  @Test(
    "filters and inclusions that aren't as documented are refused",
    arguments: [
      "include=", "include=world,", "include=everything", "corrected=yes", "from=yesterday", "from=2025-02-30",
      "to=2025-12-10T24:00:00Z", "to=2025-12-10T10:30:00", "from=2025-12-10T10:30:00+01:00",
    ])
  func wrongValues(query: String) async throws {
    try await withRoutes(storage) { client in
      let response = try await client.send(.get, "/api/poses?\(query)")
      #expect(response.status == .badRequest)
      #expect(response.errorCode == "BAD_REQUEST")
    }
  }
}
