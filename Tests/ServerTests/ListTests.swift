import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("GET /api/poses")
struct ListTests {
  let storage = MemoryStorage()

  init() {
    for id in 1...25 {
      storage.adopt(
        PoseRecord(
          id: id, imageID: "0123456789abcdef01234567", keypoints: Array("[]".utf8), createdAt: testTime,
          updatedAt: testTime))
    }
  }

  private func ids(_ response: TestResponse) -> [Int] {
    (response.data["poses"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? Int }
  }

  @Test("ten by descending id, and the documented pagination")
  func firstPage() async throws {
    try await withRoutes(storage) { client in
      let response = try await client.send(.get, "/api/poses")
      #expect(ids(response) == Array((16...25).reversed()))
      #expect(
        String(buffer: response.body).hasSuffix(
          #""pagination":{"total":25,"page":1,"limit":10,"totalPages":3}}}"#))
      let pose = try #require((response.data["poses"] as? [[String: Any]])?.first)
      #expect(Set(pose.keys) == ["id", "imageId", "imageUrl", "keypoints", "createdAt", "updatedAt"])
    }
  }

  @Test("later pages, and pages beyond the last")
  func pages() async throws {
    try await withRoutes(storage) { client in
      let last = try await client.send(.get, "/api/poses?page=3&limit=10")
      #expect(ids(last) == [5, 4, 3, 2, 1])
      for page in ["4", "\(Int.max)"] {
        let beyond = try await client.send(.get, "/api/poses?page=\(page)&limit=1000")
        #expect(beyond.status == .ok)
        #expect(ids(beyond) == [])
      }
    }
  }

  @Test("after continues behind an id, to the end")
  func after() async throws {
    try await withRoutes(storage) { client in
      var seen: [Int] = []
      var next: Int? = 26
      while let after = next {
        let response = try await client.send(.get, "/api/poses?after=\(after)&limit=10")
        seen += ids(response)
        let pagination = try #require(response.data["pagination"] as? [String: Any])
        #expect(Set(pagination.keys) == ["limit", "next"])
        next = pagination["next"] as? Int
      }
      #expect(seen == Array((1...25).reversed()))
    }
  }

  @Test("an empty store has no pages")
  func empty() async throws {
    try await withRoutes(MemoryStorage()) { client in
      let response = try await client.send(.get, "/api/poses")
      #expect(
        String(buffer: response.body)
          == #"{"success":true,"data":{"poses":[],"pagination":{"total":0,"page":1,"limit":10,"totalPages":0}}}"#)
    }
  }

  @Test(
    "values out of range or malformed are 400",
    arguments: [
      "page=0", "page=-1", "page=x", "page=1.5", "page=", "page=99999999999999999999", "limit=0", "limit=1001",
      "limit=ten", "after=0", "after=x", "after=5&page=1", "imageId=", "imageId=65f1a2b3",
      "imageId=zzzzzzzzzzzzzzzzzzzzzzzz",
    ])
  func wrongValues(query: String) async throws {
    try await withRoutes(storage) { client in
      let response = try await client.send(.get, "/api/poses?\(query)")
      #expect(response.status == .badRequest)
      #expect(response.errorCode == "BAD_REQUEST")
    }
  }

  @Test("names are searched for 16 words of 768 characters at most")
  func words() async throws {
    let word = String(repeating: "%C3%BC", count: 768)
    try await withRoutes(storage) { client in
      for (search, status) in [
        (Array(repeating: "a", count: 16).joined(separator: "%20"), 200),
        (Array(repeating: "a", count: 17).joined(separator: "+"), 400), (word, 200), (word + "a", 400),
      ] {
        let response = try await client.send(.get, "/api/poses?fileName=\(search)")
        #expect(response.status.code == status, "\(search.count)")
      }
    }
  }
}
