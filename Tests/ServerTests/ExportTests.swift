import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Synchronization
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

  @Test("coco names each picture differently, and one without a name by its id and ending")
  func names() async throws {
    try await withRoutes(storage) { client in
      let headers: HTTPFields = [.contentType: "multipart/form-data; boundary=b"]
      for name in ["IMG_1.jpg", "a.b/img_1.JPG", "IMG_1.jpg", "IMG_1"] {
        let form = Form(boundary: "b", fields: [.init("image", fileName: name, "P")])
        _ = try await client.send(.post, "/api/extract-pose", headers: headers, body: form.text)
      }
      _ = try await client.upload("P")
      let response = try await client.send(.get, "/api/poses/export?format=coco")
      let images = try #require(response.json["images"] as? [[String: Any]])
      let ids = try images.map { try #require($0["image_id"] as? String) }
      #expect(ids.allSatisfy { ImageID($0) != nil } && Set(ids).count == 5)
      #expect(
        images.map { $0["file_name"] as? String } == [
          "\(ids[0]).png", "IMG_1", "IMG_1.jpg", "img_1-\(ids[3]).JPG", "IMG_1-\(ids[4]).jpg",
        ])
    }
  }

  @Test(
    "a path in an archive leads nowhere else, whatever a picture is called",
    arguments: [
      ("../../etc/passwd.png", "etc/passwd.png"), ("/a//./b.png", "a/b.png"), (#"C:\x\y.png"#, "C_/x/y.png"),
      ("a\u{0}\nb?.PNG", "a__b_.PNG"), ("..", "65f1a2b3c4d5e6f708192a3b.png"), ("photo.HEIC", "photo.png"),
      ("v1.2", "v1.2.png"), ("con. /x .png", "con/x .png"),
    ])
  func paths(name: String, path: String) throws {
    var names = PictureFileNames()
    let row = PoseRecord(
      id: 1, imageID: "65f1a2b3c4d5e6f708192a3b", keypoints: [], createdAt: nil, updatedAt: nil,
      details: PoseDetails(fileName: name))
    #expect(names.path(of: row, .png) == path)
  }

  @Test("images=true is 400 without format=coco")
  func picturesOfOtherFormats() async throws {
    try await withRoutes(storage) { client in
      for query in ["images=true", "format=csv&images=true", "format=coco&images=yes"] {
        let response = try await client.send(.get, "/api/poses/export?\(query)")
        #expect(response.status == .badRequest, "\(query)")
      }
      for query in ["images=false", "format=coco&images=false", "format=coco&images=true"] {
        #expect(try await client.send(.get, "/api/poses/export?\(query)").status == .ok, "\(query)")
      }
    }
  }

  @Test(
    "four exports with pictures go on at once, a fifth is 503, and one that has ended makes room",
    .timeLimit(.minutes(1)))
  func atOnce() async throws {
    let path = "/api/poses/export?format=coco&images=true"
    let renderer = GatedRenderer()
    try await makeServer(storage, renderer: renderer).buildApplication().test(.router) { client in
      _ = try await client.upload("P")
      try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
        for _ in 0..<4 { group.addTask { try await client.send(.get, path).status } }
        while renderer.state.withLock({ $0.waiting }) < 4 { try await Task.sleep(for: .milliseconds(5)) }
        let fifth = try await client.send(.get, path)
        #expect(fifth.status == .serviceUnavailable && fifth.errorCode == "QUEUE_FULL")
        // without pictures there is no such limit
        #expect(try await client.send(.get, "/api/poses/export?format=coco").status == .ok)
        renderer.state.withLock { $0.isOpen = true }
        for try await status in group { #expect(status == .ok) }
      }
      for method in [HTTPRequest.Method.head, .get, .head, .head, .head, .get] {
        #expect(try await client.send(method, path).status == .ok)
      }
    }
  }

  @Test("more than 200,000 poses are not exported with their pictures")
  func mostPoses() async throws {
    storage.state.withLock { state in
      for id in 1...200_001 {
        state.rows[id] = PoseRecord(id: id, imageID: "x", keypoints: [], createdAt: id == 1 ? 1 : 2, updatedAt: nil)
      }
    }
    try await withRoutes(storage) { client in
      let all = try await client.send(.head, "/api/poses/export?format=coco&images=true")
      #expect(all.status == .badRequest)
      let fewer = try await client.send(
        .head, "/api/poses/export?format=coco&images=true&from=1970-01-01T00:00:02Z")
      #expect(fewer.status == .ok)
    }
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

/// Says nothing of any picture until it is opened.
private final class GatedRenderer: PictureRenderer {
  struct State {
    var waiting = 0
    var isOpen = false
  }

  let state = Mutex(State())

  func plainFormat(of image: ByteBuffer) async throws -> ImageFormat? {
    state.withLock { $0.waiting += 1 }
    while !state.withLock({ $0.isOpen }) { try await Task.sleep(for: .milliseconds(5)) }
    return .png
  }

  func size(of image: ByteBuffer) async throws -> (width: Int, height: Int) { (1, 1) }

  func thumbnail(of image: ByteBuffer, side: Int) async throws -> ByteBuffer { image }

  func overlay(on image: ByteBuffer, _ people: [[Keypoint]], side: Int) async throws -> ByteBuffer { image }

  func skeletons(_ people: [[Keypoint]], width: Int, height: Int) -> ByteBuffer { ByteBuffer() }
}
