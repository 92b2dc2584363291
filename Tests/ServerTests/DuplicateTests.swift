import EmbeddedStorage
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("duplicate=skip", .serialized)
struct DuplicateTests {
  private static let path = "/api/extract-pose?maxPoses=2&duplicate=skip"

  private static func form(_ name: String, _ picture: String) -> String {
    Form(boundary: "b", fields: [.init("image", fileName: name, picture)]).text
  }

  private static func headers(key: String? = nil) -> HTTPFields {
    var headers: HTTPFields = [.contentType: "multipart/form-data; boundary=b"]
    if let key, let field = HTTPField.Name("Idempotency-Key") { headers[field] = key }
    return headers
  }

  @Test("a picture that is stored is answered 200 with its poses as they are, under whatever name it comes")
  func known() async throws {
    try await BackedServer.run { backed, client in
      let first = try await client.send(.post, Self.path, headers: Self.headers(), body: Self.form("a.png", "xPPx"))
      #expect(first.status == .created && first.data["duplicate"] == nil)
      let second = try await client.send(
        .post, Self.path + "&include=details", headers: Self.headers(), body: Self.form("b.png", "xPPx"))
      #expect(second.status == .ok)
      #expect(second.data["duplicate"] as? Bool == true)
      #expect(second.headers[.location] == first.headers[.location] && first.headers[.location] != nil)
      let poses = try #require(second.data["poses"] as? [[String: Any]])
      #expect(poses.map { $0["id"] as? Int } == [1, 2])
      #expect((poses[1]["image"] as? [String: Any])?["fileName"] as? String == "a.png")
      #expect(try await client.send(.post, "/api/extract-pose?duplicate=skip", body: "xPPx").data["poses"] == nil)
      #expect(try await client.send(.post, "/api/extract-pose?duplicate=skip", body: "xPPx ").status == .created)
      #expect(try await backed.storage.images.list(after: nil, limit: 9).count == 2)
    }
  }

  @Test("without it, or with duplicate=add, the same picture is stored again; other words are 400")
  func added() async throws {
    try await BackedServer.run { backed, client in
      for query in ["", "?duplicate=add", ""] {
        #expect(try await client.send(.post, "/api/extract-pose" + query, body: "P").status == .created)
      }
      #expect(try await backed.storage.images.list(after: nil, limit: 9).count == 3)
      let wrong = try await client.send(.post, "/api/extract-pose?duplicate=yes", body: "P")
      #expect(wrong.status == .badRequest && wrong.errorCode == "BAD_REQUEST")
    }
  }

  @Test("a picture whose poses were all deleted is stored anew")
  func deleted() async throws {
    try await BackedServer.run { _, client in
      let first = try await client.send(.post, Self.path, headers: Self.headers(), body: Self.form("a.png", "PP"))
      for id in [1, 2] {
        let again = try await client.send(.post, Self.path, headers: Self.headers(), body: Self.form("a.png", "PP"))
        #expect(again.status == .ok && again.data["id"] as? Int == id)
        #expect(try await client.send(.delete, "/api/poses/\(id)").status == .ok)
      }
      let anew = try await client.send(.post, Self.path, headers: Self.headers(), body: Self.form("a.png", "PP"))
      #expect(anew.status == .created)
      #expect(anew.data["imageId"] as? String != first.data["imageId"] as? String)
    }
  }

  @Test("of the same picture sent many times at once, one is stored")
  func atOnce() async throws {
    try await BackedServer.run { backed, client in
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<8 {
          group.addTask {
            try await client.send(
              .post, Self.path, headers: Self.headers(), body: Self.form("\(number).png", "PxP")
            ).status.code
          }
        }
        return try await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(statuses.sorted() == [200, 200, 200, 200, 200, 200, 200, 201])
      #expect(try await backed.storage.poses.count() == 2)
    }
  }

  @Test("a retry under an Idempotency-Key gets its own answer, and a skipped upload leaves the key free")
  func keyed() async throws {
    try await BackedServer.run { backed, client in
      let body = Self.form("a.png", "P")
      let first = try await client.send(.post, Self.path, headers: Self.headers(key: "k"), body: body)
      let retry = try await client.send(.post, Self.path, headers: Self.headers(key: "k"), body: body)
      #expect(retry.status == .created && retry.body == first.body)
      let skipped = try await client.send(.post, Self.path, headers: Self.headers(key: "l"), body: body)
      #expect(skipped.status == .ok)
      let added = try await client.send(
        .post, "/api/extract-pose?maxPoses=2", headers: Self.headers(key: "l"), body: body)
      #expect(added.status == .created)
      #expect(try await backed.storage.poses.count() == 2)
    }
  }

  @Test("who may add but not read is told nothing of the stored poses but their id")
  func uploader() async throws {
    try await BackedServer.run { backed, client in
      _ = try await client.send(.post, Self.path, headers: Self.headers(), body: Self.form("Anna M.png", "PP"))
      let made = try await client.send(.post, "/api/keys", body: #"{"name":"o","role":"owner"}"#)
      let owner: HTTPFields = [.authorization: "Bearer \(try #require(made.data["key"] as? String))"]
      let order = #"{"name":"u","role":"uploader"}"#
      let added = try await client.send(.post, "/api/keys", headers: owner, body: order)
      let key = try #require(added.data["key"] as? String)
      var headers = Self.headers()
      headers[.authorization] = "Bearer \(key)"
      let known = try await client.send(
        .post, Self.path + "&include=details", headers: headers, body: Self.form("b.png", "PP"))
      #expect(known.status == .ok)
      #expect(Set(known.data.keys) == ["id", "imageId", "duplicate"])
    }
  }
}
