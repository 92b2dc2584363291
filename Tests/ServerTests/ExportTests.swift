import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("GET /api/poses/export")
struct ExportTests {
  let storage = MemoryStorage()

  /// Two people in one picture, one in another, and rows as an older program left them.
  private func fill(_ client: any TestClientProtocol) async throws {
    let headers: HTTPFields = [.contentType: "multipart/form-data; boundary=b"]
    for (name, picture) in [("a, b.png", "PP"), ("c.png", "P")] {
      let form = Form(boundary: "b", fields: [.init("image", fileName: name, picture)])
      _ = try await client.send(.post, "/api/extract-pose?maxPoses=2", headers: headers, body: form.text)
    }
    let keypoints = KeypointsJSON.bytes(of: FakeExtractor.pose(3).keypoints)
    storage.adopt(PoseRecord(id: 4, imageID: "lost", keypoints: keypoints, createdAt: nil, updatedAt: nil))
    storage.adopt(PoseRecord(id: 5, imageID: "odd", keypoints: Array("[]".utf8), createdAt: nil, updatedAt: nil))
    _ = try await client.send(.put, "/api/poses/2", body: try PoseTests.body())
  }

  private func export(_ query: String) async throws -> TestResponse {
    try await makeServer(storage).buildApplication().test(.router) { client in
      try await fill(client)
      return try await client.send(.get, "/api/poses/export\(query)")
    }
  }

  @Test("jsonl has one line per picture with its people, newest first, and each joint's correction")
  func jsonLines() async throws {
    let response = try await export("")
    #expect(response.status == .ok)
    #expect(response.headers[.contentType] == "application/x-ndjson")
    #expect(response.headers[.contentDisposition] == #"attachment; filename="poses-2025-12-10.jsonl""#)
    let lines = try String(buffer: response.body).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(lines.map { $0["file"] as? String } == ["lost", "c.png", "a, b.png"])
    #expect(lines[0]["width"] is NSNull && lines[1]["width"] as? Int == 4)
    let people = try #require(lines[2]["poses"] as? [[String: Any]])
    #expect(people.map { $0["id"] as? Int } == [1, 2])
    #expect(people.map { $0["corrected"] as? Bool } == [false, true])
    #expect(people.map { $0["score"] as? Double } == [0.9, 0.9])
    let joints = try #require(people[1]["keypoints"] as? [[String: Any]])
    // the correction gives all of them another y
    #expect(joints.count == 33 && joints.allSatisfy { $0["corrected"] as? Bool == true })
    #expect(Set(joints[0].keys) == ["x", "y", "z", "visibility", "name", "corrected"])
    #expect((people[0]["worldKeypoints"] as? [Any])?.count == 33)
  }

  @Test("csv has a row per person with as many fields as its head")
  func csv() async throws {
    let response = try await export("?format=csv&to=2025-12-10")
    let rows = String(buffer: response.body).split(separator: "\n")
    #expect(rows.count == 4)
    let columns = 9 + 33 * 5 + 3 + 33
    #expect(rows[0].split(separator: ",").count == columns)
    #expect(rows[0].hasSuffix("right_heel_corrected,left_foot_index_corrected,right_foot_index_corrected"))
    let fields = rows[1].split(separator: ",", omittingEmptySubsequences: false)
    #expect(fields.count == columns)
    #expect(fields.prefix(5).joined(separator: ",") == "c.png,4,3,1,0.9")
    #expect(fields[13] == "")  // presence isn't stored
    #expect(rows[3].hasPrefix("\"a, b.png\",4,3,2,0.9,"))
    #expect(rows[3].hasSuffix(",1,1,1,1"))
  }

  @Test("coco gives the people of one picture one image, and leaves out pictures whose size nobody knows")
  func coco() async throws {
    let response = try await export("?format=coco")
    #expect(response.headers[.contentDisposition] == #"attachment; filename="poses-2025-12-10.json""#)
    let images = try #require(response.json["images"] as? [[String: Any]])
    let annotations = try #require(response.json["annotations"] as? [[String: Any]])
    #expect(images.map { $0["file_name"] as? String } == ["c.png", "a, b.png"])
    let numbers = images.compactMap { $0["id"] as? Int }
    // as many bits as JavaScript and jq read exactly
    #expect(numbers.allSatisfy { (0..<1 << 53).contains($0) })
    for image in images {
      let url = try #require(image["coco_url"] as? String)
      #expect(url.contains(/^http:\/\/[^\/]+\/api\/images\/[0-9a-f]{24}\/rendition$/), "\(url)")
    }
    #expect(annotations.map { $0["id"] as? Int } == [3, 1, 2])
    #expect(annotations.map { $0["image_id"] as? Int } == [numbers[0], numbers[1], numbers[1]])
    #expect((annotations[2]["corrected"] as? [Int])?.reduce(0, +) == 33)
    #expect((annotations[0]["corrected"] as? [Int])?.reduce(0, +) == 0)
  }

  @Test("nothing to export is a whole file, too", arguments: ["jsonl", "csv", "coco"])
  func empty(format: String) async throws {
    try await withRoutes(MemoryStorage()) { client in
      let response = try await client.send(.get, "/api/poses/export?format=\(format)&corrected=true")
      #expect(response.status == .ok)
      if format == "coco" { #expect((response.json["annotations"] as? [Any])?.isEmpty == true) }
    }
  }

  @Test("pages join without a gap, and a picture's people stay together across them")
  func pages() async throws {
    let keypoints = KeypointsJSON.bytes(of: FakeExtractor.pose(3).keypoints)
    for id in 1...350 {
      storage.adopt(
        PoseRecord(id: id, imageID: "picture \(id / 3)", keypoints: keypoints, createdAt: nil, updatedAt: nil))
    }
    try await withRoutes(storage) { client in
      let response = try await client.send(.get, "/api/poses/export")
      let people = try String(buffer: response.body).split(separator: "\n").map { line in
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return (object?["poses"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? Int }
      }
      #expect(people.count == 117)
      #expect(people.first == [348, 349, 350] && people.last == [1, 2])
      #expect(people.reversed().flatMap { $0 } == Array(1...350))
    }
  }

  @Test("a storage that is down is 503 before anything is sent; wrong parameters are 400")
  func failures() async throws {
    storage.setFault(\.poseFault, PoseVaultError(.storageUnavailable, "down"))
    try await withRoutes(storage) { client in
      let response = try await client.send(.get, "/api/poses/export")
      #expect(response.status == .serviceUnavailable)
      for query in ["format=xml", "format=json", "corrected=1"] {
        #expect(try await client.send(.get, "/api/poses/export?\(query)").status == .badRequest)
      }
    }
  }
}
