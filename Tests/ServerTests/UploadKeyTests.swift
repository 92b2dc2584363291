import EmbeddedStorage
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("Idempotency-Key", .serialized)
struct UploadKeyTests {
  private static let field = HTTPField.Name("Idempotency-Key")
  private static let replayed = HTTPField.Name("Idempotent-Replayed")

  private static func headers(_ key: String) -> HTTPFields {
    var headers = HTTPFields()
    if let field { headers[field] = key }
    return headers
  }

  private static func isReplayed(_ response: TestResponse) -> Bool {
    replayed.map { response.headers[$0] == "true" } ?? false
  }

  @Test("the same upload is answered again to the letter, also once its pose is deleted")
  func again() async throws {
    try await BackedServer.run { backed, client in
      let path = "/api/extract-pose?maxPoses=2&include=details,world"
      var headers = Self.headers("a key, 7")
      headers[.contentType] = "multipart/form-data; boundary=b"
      let form = Form(boundary: "b", fields: [.init("image", fileName: "Annä M.png", "xPPx")]).text
      let first = try await client.send(.post, path, headers: headers, body: form)
      #expect(first.status == .created && !Self.isReplayed(first))
      let second = try await client.send(.post, path, headers: headers, body: form)
      #expect(second.status == .created && Self.isReplayed(second))
      #expect(second.body == first.body)
      #expect(second.headers[.location] == first.headers[.location] && first.headers[.location] != nil)
      #expect(String(buffer: first.body).contains(#""fileName":"Annä M.png""#))
      #expect(try await backed.storage.poses.count() == 2)
      #expect(try await backed.storage.images.list(after: nil, limit: 9).count == 1)

      let id = try #require(first.data["id"] as? Int)
      #expect(try await client.send(.delete, "/api/poses/\(id)").status == .ok)
      let third = try await client.send(.post, path, headers: headers, body: form)
      #expect(third.body == first.body && Self.isReplayed(third))
      #expect(try await backed.storage.poses.count() == 1)
    }
  }

  @Test("another picture, name or parameter with the same key is 409 IDEMPOTENCY_KEY_REUSED, and stores nothing")
  func other() async throws {
    try await BackedServer.run { backed, client in
      let headers = Self.headers("k")
      #expect(try await client.send(.post, "/api/extract-pose", headers: headers, body: "P").status == .created)
      for (path, body) in [("", "P "), ("?maxPoses=1", "P"), ("?include=world", "P")] {
        let response = try await client.send(.post, "/api/extract-pose" + path, headers: headers, body: body)
        #expect(response.status == .conflict && response.errorCode == "IDEMPOTENCY_KEY_REUSED", "\(path)")
      }
      var named = headers
      named[.contentType] = "multipart/form-data; boundary=b"
      let form = Form(boundary: "b", fields: [.init("image", fileName: "a.png", "P")]).text
      #expect(try await client.send(.post, "/api/extract-pose", headers: named, body: form).status == .conflict)
      #expect(try await backed.storage.poses.count() == 1)
    }
  }

  @Test("without a key, or with another one, the same picture is stored again")
  func keys() async throws {
    try await BackedServer.run { backed, client in
      for headers in [HTTPFields(), HTTPFields(), Self.headers("a"), Self.headers("A"), Self.headers("\"a\"")] {
        let response = try await client.send(.post, "/api/extract-pose", headers: headers, body: "P")
        #expect(response.status == .created && !Self.isReplayed(response))
      }
      #expect(try await backed.storage.poses.count() == 5)
    }
  }

  @Test(
    "a key that can't be one is 400 and names the header", arguments: ["", String(repeating: "k", count: 256), "ü"])
  func wrongKey(_ key: String) async throws {
    try await BackedServer.run { backed, client in
      let response = try await client.send(.post, "/api/extract-pose", headers: Self.headers(key), body: "P")
      #expect(response.status == .badRequest && response.errorCode == "BAD_REQUEST")
      #expect((response.json["message"] as? String)?.hasPrefix("Idempotency-Key must") == true)
      let longest = Self.headers(String(repeating: "~", count: 255))
      #expect(try await client.send(.post, "/api/extract-pose", headers: longest, body: "P").status == .created)
      #expect(try await backed.storage.poses.count() == 1)
    }
  }

  @Test("of two clients with API keys of their own, none gets what the other was answered under the same key")
  func callers() async throws {
    try await BackedServer.run { backed, client in
      let made = try await client.send(.post, "/api/keys", body: #"{"name":"a","role":"owner"}"#)
      let owner: HTTPFields = [.authorization: "Bearer \(try #require(made.data["key"] as? String))"]
      for name in ["b", "c"] {
        let order = #"{"name":"\#(name)","role":"uploader"}"#
        let added = try await client.send(.post, "/api/keys", headers: owner, body: order)
        var headers = Self.headers("k")
        headers[.authorization] = "Bearer \(try #require(added.data["key"] as? String))"
        let first = try await client.send(.post, "/api/extract-pose", headers: headers, body: "P")
        #expect(first.status == .created && !Self.isReplayed(first))
        #expect(Self.isReplayed(try await client.send(.post, "/api/extract-pose", headers: headers, body: "P")))
      }
      #expect(try await backed.storage.poses.count() == 2)
    }
  }

  @Test("a key that is given twice is 400")
  func twice() async throws {
    try await BackedServer.run { _, client in
      var headers = Self.headers("a")
      headers.append(HTTPField(name: try #require(Self.field), value: "b"))
      #expect(try await client.send(.post, "/api/extract-pose", headers: headers, body: "P").status == .badRequest)
    }
  }

  @Test("an upload that failed does not use its key up")
  func failed() async throws {
    try await BackedServer.run { backed, client in
      let headers = Self.headers("k")
      let nobody = try await client.send(.post, "/api/extract-pose", headers: headers, body: "nobody")
      #expect(nobody.status.code == 422)
      let response = try await client.send(.post, "/api/extract-pose", headers: headers, body: "P")
      #expect(response.status == .created && !Self.isReplayed(response))
      #expect(try await backed.storage.poses.count() == 1)
    }
  }

  @Test("of many at once one is stored; the others are told to wait, and then get its answer")
  func atOnce() async throws {
    try await BackedServer.run { backed, client in
      let bodies = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<12 {
          group.addTask {
            while true {
              let response = try await client.send(
                .post, "/api/extract-pose", headers: Self.headers("k"), body: "P")
              if response.status == .created { return String(buffer: response.body) }
              try #require(response.status == .conflict && response.errorCode == "IDEMPOTENCY_KEY_IN_USE")
              try #require(response.headers[.retryAfter].flatMap { Int($0) } == 1)
              await Task.yield()
            }
          }
        }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(bodies.count == 1)
      #expect(try await backed.storage.poses.count() == 1)
      #expect(try await backed.storage.images.list(after: nil, limit: 9).count == 1)
    }
  }

  @Test("a kept answer holds no file's name")
  func withoutName() {
    let form = AnswerForm(maxPoses: 3, PoseInclusion(details: true))
    let rows = [1, 2].map { id in
      PoseRecord(
        id: id, imageID: "65f1a2b3c4d5e6f708192a3b", keypoints: Array("[]".utf8), createdAt: 1, updatedAt: 1,
        details: PoseDetails(fileName: "Anna.png"))
    }
    let kept = form.answer(rows, fileName: "00ff")
    #expect(!String(decoding: kept, as: UTF8.self).contains("Anna"))
    #expect(AnswerForm.answer(kept, replacing: "00ff", by: "Anna.png") == form.answer(rows))
  }
}
