import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("/api/poses/{id}")
struct PoseTests {
  let storage = MemoryStorage()

  /// A valid body of a PUT; keypoint i lies at x = i/100.
  static func body(_ change: (inout [[String: Any]]) -> Void = { _ in }) throws -> String {
    var keypoints: [[String: Any]] = Landmark.allCases.enumerated().map { index, landmark in
      ["x": Double(index) / 100, "y": 0.5, "z": -0.1, "visibility": 1, "name": landmark.name]
    }
    change(&keypoints)
    let data = try JSONSerialization.data(withJSONObject: ["keypoints": keypoints])
    return String(decoding: data, as: UTF8.self)
  }

  @Test("a pose is shown with the documented body, to the letter")
  func show() async throws {
    let row = PoseRecord(
      id: 7, imageID: "0123456789abcdef01234567", keypoints: Array("[1]".utf8), createdAt: testTime,
      updatedAt: testTime + 60)
    storage.adopt(row)
    try await withRoutes(storage) { client in
      let response = try await client.send(.get, "/api/poses/7")
      #expect(response.status == .ok)
      #expect(
        String(buffer: response.body)
          == #"{"success":true,"data":{"id":7,"imageId":"0123456789abcdef01234567","#
          + #""imageUrl":"http://localhost/api/images/0123456789abcdef01234567","keypoints":[1],"#
          + #""createdAt":"2025-12-10T10:30:00.000Z","updatedAt":"2025-12-10T10:31:00.000Z"}}"#)
    }
  }

  @Test("an adopted row without times or a usable picture is shown as it is, its link escaped")
  func adopted() async throws {
    storage.adopt(
      PoseRecord(id: 1, imageID: "a b/é", keypoints: Array("[]".utf8), createdAt: nil, updatedAt: nil))
    try await withRoutes(storage, configure: { $0.publicURL = "https://poses.example.org/" }) { client in
      let response = try await client.send(.get, "/api/poses/1")
      #expect(response.status == .ok)
      #expect(response.data["imageUrl"] as? String == "https://poses.example.org/api/images/a%20b%2F%C3%A9")
      #expect(response.data["createdAt"] is NSNull)
      #expect(response.data["updatedAt"] is NSNull)
      let deleted = try await client.send(.delete, "/api/poses/1")
      #expect(deleted.status == .ok)
    }
  }

  @Test(
    "ids that aren't, and poses that aren't there", arguments: HTTPRequest.Method.onPose)
  func wrongIDs(method: HTTPRequest.Method) async throws {
    let body = method == .put ? try Self.body() : nil
    try await withRoutes(storage) { client in
      for id in ["x", "0", "-1", "1.5", "+1", "99999999999999999999", "%31x"] {
        let response = try await client.send(method, "/api/poses/\(id)", body: body)
        #expect(response.status == .badRequest)
        #expect(response.errorCode == "BAD_REQUEST")
      }
      let missing = try await client.send(method, "/api/poses/12345", body: body)
      #expect(missing.status == .notFound)
      #expect(missing.errorCode == "NOT_FOUND")
    }
  }

  @Test("If-None-Match with the pose's tag gives 304 until the pose changes")
  func notModified() async throws {
    let body = try Self.body()
    try await withRoutes(storage) { client in
      _ = try await client.upload()
      let tag = try #require(try await client.send(.get, "/api/poses/1").headers[.eTag])
      for list in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
        let known = try await client.send(.get, "/api/poses/1", headers: [.ifNoneMatch: list])
        #expect(known.status == .notModified)
        #expect(known.headers[.eTag] == tag)
        #expect(known.headers[.contentLength] == nil)
      }
      _ = try await client.send(.put, "/api/poses/1", body: body)
      let changed = try await client.send(.get, "/api/poses/1", headers: [.ifNoneMatch: tag])
      #expect(changed.status == .ok)
      #expect(changed.headers[.eTag] != tag)
    }
  }

  @Test("a pose is corrected; keypoints may come in any order, and further fields are ignored")
  func update() async throws {
    let body = try Self.body { keypoints in
      keypoints.reverse()
      keypoints[0]["presence"] = 0.5
    }
    try await withRoutes(storage) { client in
      let created = try await client.upload()
      let response = try await client.send(.put, "/api/poses/1", body: body)
      #expect(response.status == .ok)
      #expect(response.json["message"] as? String == "Pose updated successfully")
      #expect(response.data["imageId"] as? String == created.data["imageId"] as? String)
      let keypoints = try #require(response.data["keypoints"] as? [[String: Any]])
      #expect(keypoints.map { $0["name"] as? String } == Landmark.allCases.map(\.name))
      #expect(keypoints[32]["x"] as? Double == 0.32)
      #expect(Set(keypoints[32].keys) == ["x", "y", "z", "visibility", "name"])
      let shown = try await client.send(.get, "/api/poses/1")
      #expect(shown.headers[.eTag] == response.headers[.eTag])
    }
  }

  @Test("If-Match guards a change: 412 when the pose is another by now")
  func ifMatch() async throws {
    let body = try Self.body()
    try await withRoutes(storage) { client in
      _ = try await client.upload()
      let tag = try #require(try await client.send(.get, "/api/poses/1").headers[.eTag])
      for list in ["\"other\"", "W/\(tag)"] {
        let refused = try await client.send(.put, "/api/poses/1", headers: [.ifMatch: list], body: body)
        #expect(refused.status == .preconditionFailed)
        #expect(refused.errorCode == "PRECONDITION_FAILED")
      }
      let changed = try await client.send(.put, "/api/poses/1", headers: [.ifMatch: "\"x\", \(tag)"], body: body)
      #expect(changed.status == .ok)
      let stale = try await client.send(.delete, "/api/poses/1", headers: [.ifMatch: tag])
      #expect(stale.status == .preconditionFailed)
      let deleted = try await client.send(.delete, "/api/poses/1", headers: [.ifMatch: "*"])
      #expect(deleted.status == .ok)
    }
  }

  @Test("a body over 64 KB is 413")
  func largeBody() async throws {
    try await withRoutes(storage) { client in
      let response = try await client.send(.put, "/api/poses/1", body: String(repeating: " ", count: 65_537))
      #expect(response.status == .contentTooLarge)
      #expect(response.errorCode == "BODY_TOO_LARGE")
    }
  }

  @Test("the picture goes with its last pose")
  func deleteShared() async throws {
    try await withRoutes(storage) { client in
      _ = try await client.upload("PP", query: "?maxPoses=2")
      let first = try await client.send(.delete, "/api/poses/1")
      #expect(String(buffer: first.body) == #"{"success":true,"message":"Pose deleted successfully"}"#)
      #expect(storage.imageCount == 1)
      _ = try await client.send(.delete, "/api/poses/2")
      #expect(storage.imageCount == 0)
      let again = try await client.send(.delete, "/api/poses/2")
      #expect(again.status == .notFound)
    }
  }

  @Test("a pose is deleted even if its picture can't be")
  func deleteImageFails() async throws {
    storage.setFault(\.deleteImageFault, PoseVaultError(.storageUnavailable, "down"))
    try await withRoutes(storage) { client in
      _ = try await client.upload()
      let response = try await client.send(.delete, "/api/poses/1")
      #expect(response.status == .ok)
      #expect(storage.rowCount == 0)
    }
  }

  @Test("a storage that is down is 503, never 404")
  func storageDown() async throws {
    storage.setFault(\.poseFault, PoseVaultError(.storageUnavailable, "The pose database doesn't answer."))
    try await withRoutes(storage) { client in
      for (method, path) in [(HTTPRequest.Method.get, "/api/poses/1"), (.delete, "/api/poses/1"), (.get, "/api/poses")]
      {
        let response = try await client.send(method, path)
        #expect(response.status == .serviceUnavailable)
        #expect(response.errorCode == "STORAGE_UNAVAILABLE")
        #expect(response.headers[.retryAfter] != nil)
      }
    }
  }
}

extension HTTPRequest.Method {
  static let onPose: [HTTPRequest.Method] = [.get, .put, .delete]
}
