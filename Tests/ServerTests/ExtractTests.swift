import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Synchronization
import Testing

@testable import Server

@Suite("POST /api/extract-pose")
struct ExtractTests {
  let storage = MemoryStorage()

  @Test("a raw picture gives 201 with the documented body, to the letter")
  func documentedBody() async throws {
    try await withRoutes(storage) { client in
      let response = try await client.upload("P")
      #expect(response.status == .created)
      #expect(response.headers[.contentType] == "application/json; charset=utf-8")
      let image = try #require(response.data["imageId"] as? String)
      let names = Landmark.allCases.map(\.name)
      let keypoints = names.enumerated().map { index, name in
        #"{"x":\#(Float(index) / 64),"y":0.0,"z":-0.25,"visibility":0.5,"name":"\#(name)"}"#
      }
      #expect(
        String(buffer: response.body)
          == #"{"success":true,"message":"Pose extracted successfully","data":{"id":1,"imageId":"\#(image)","#
          + #""keypoints":[\#(keypoints.joined(separator: ","))],"createdAt":"2025-12-10T10:30:00.000Z"}}"#)
      #expect(ImageID(image) != nil)
    }
  }

  @Test("the picture is stored unchanged, with what is known about it")
  func stored() async throws {
    try await withRoutes(storage) { client in
      let form = Form(boundary: "b", fields: [.init("image", fileName: #"C:\pictures\me.png"#, "xPx")])
      let response = try await client.send(
        .post, "/api/extract-pose", headers: [.contentType: "multipart/form-data; boundary=b"], body: form.text)
      #expect(response.status == .created)
    }
    let stored = try #require(storage.state.withLock { $0.images.values.first })
    #expect(stored.bytes == ByteBuffer(string: "xPx"))
    #expect(stored.image.uploadedAt == testTime)
    #expect(
      stored.image.metadata
        == ImageMetadata(
          contentType: "image/png", width: 4, height: 3, fileName: "me.png", datasetID: "0123456789abcdef"))
  }

  @Test("maxPoses gives one row per person, sharing the picture")
  func severalPeople() async throws {
    try await withRoutes(storage) { client in
      let response = try await client.upload("PPP", query: "?maxPoses=2")
      let poses = try #require(response.data["poses"] as? [[String: Any]])
      #expect(poses.compactMap { $0["id"] as? Int } == [1, 2])
      #expect(Set(poses.compactMap { $0["imageId"] as? String }).count == 1)
      #expect(response.data["id"] as? Int == 1)
      #expect(Set(poses[1].keys) == ["id", "imageId", "keypoints", "createdAt"])
      let second = try #require(poses[1]["keypoints"] as? [[String: Any]])
      #expect(second[0]["y"] as? Double == 0.125)
    }
    #expect(storage.rowCount == 2)
    #expect(storage.imageCount == 1)
  }

  @Test("include=world adds the world keypoints")
  func world() async throws {
    try await withRoutes(storage) { client in
      let response = try await client.upload("P", query: "?include=world")
      let world = try #require(response.data["worldKeypoints"] as? [[String: Any]])
      #expect(world.count == 33)
      #expect(world[0]["z"] as? Double == 0.125)
      #expect(response.data["poses"] == nil)
    }
  }

  @Test(
    "parameters that aren't as documented are refused",
    arguments: ["maxPoses=0", "maxPoses=11", "maxPoses=x", "maxPoses=", "maxPoses=-1", "include=everything"])
  func wrongParameters(query: String) async throws {
    try await withRoutes(storage) { client in
      let response = try await client.upload("P", query: "?\(query)")
      #expect(response.status == .badRequest)
      #expect(response.errorCode == "BAD_REQUEST")
    }
  }

  @Test("no person is 422, and nothing is stored")
  func nobody() async throws {
    try await withRoutes(storage) { client in
      let response = try await client.upload("an empty street")
      #expect(response.status.code == 422)
      #expect(response.errorCode == "NO_PERSON_FOUND")
    }
    #expect(storage.imageCount == 0)
    #expect(storage.rowCount == 0)
  }

  @Test(
    "each failure of the extractor has its status",
    arguments: [
      (PoseVaultError.Code.imageTooLarge, 413, false), (.unsupportedImage, 415, false), (.corruptImage, 415, false),
      (.queueFull, 503, true), (.modelUnavailable, 503, true), (.internal, 500, false),
    ])
  func extractorFailures(code: PoseVaultError.Code, status: Int, retry: Bool) async throws {
    let extractor = FakeExtractor { _, _ in throw PoseVaultError(code, "as told") }
    try await withRoutes(storage, extractor) { client in
      let response = try await client.upload()
      #expect(response.status.code == status)
      #expect(response.errorCode == code.rawValue)
      #expect(response.json["success"] as? Bool == false)
      #expect((response.headers[.retryAfter] != nil) == retry)
    }
    #expect(storage.imageCount == 0)
  }

  @Test("an unexpected error is told without its text")
  func unexpected() async throws {
    struct Secret: Error { let password = "hunter2" }
    try await withRoutes(storage, FakeExtractor { _, _ in throw Secret() }) { client in
      let response = try await client.upload()
      #expect(response.status == .internalServerError)
      #expect(response.errorCode == "INTERNAL")
      #expect(!String(buffer: response.body).contains("hunter2"))
    }
  }

  @Test("a storage that is down is 503, and no picture stays where a row was refused")
  func storageDown() async throws {
    storage.setFault(\.imageFault, PoseVaultError(.storageUnavailable, "down"))
    try await withRoutes(storage) { client in
      let down = try await client.upload()
      #expect(down.status == .serviceUnavailable)
      #expect(down.headers[.retryAfter] != nil)
      storage.setFault(\.imageFault, nil)
      storage.setFault(\.insertFault, PoseVaultError(.internal, "refused"))
      let refused = try await client.upload()
      #expect(refused.status == .internalServerError)
    }
    #expect(storage.imageCount == 0)
    #expect(storage.rowCount == 0)
  }

  @Test("where the database is lost in the insert, the picture stays: its row may be there")
  func insertInDoubt() async throws {
    storage.setFault(\.insertFault, PoseVaultError(.storageUnavailable, "lost"))
    try await withRoutes(storage) { client in
      let response = try await client.upload()
      #expect(response.status == .serviceUnavailable)
    }
    #expect(storage.imageCount == 1)
  }

  @Test("a body over the limit is 413, and so is a picture within a form")
  func tooLarge() async throws {
    try await withRoutes(storage, configure: { $0.maxUploadBytes = 1000 }) { client in
      let raw = try await client.upload(String(repeating: "P", count: 1001))
      #expect(raw.status == .contentTooLarge)
      #expect(raw.errorCode == "IMAGE_TOO_LARGE")
      let largest = try await client.upload(String(repeating: "P", count: 1000))
      #expect(largest.status == .created)
      let form = Form(boundary: "b", fields: [.init("image", String(repeating: "P", count: 1001))])
      let inForm = try await client.send(
        .post, "/api/extract-pose", headers: [.contentType: "multipart/form-data; boundary=b"], body: form.text)
      #expect(inForm.status == .contentTooLarge)
    }
  }

  @Test("what a form has around its picture is bounded, too")
  func aroundThePicture() async throws {
    try await withRoutes(storage, configure: { $0.maxUploadBytes = 1000 }) { client in
      for (count, status) in [(255 * 1024, 201), (257 * 1024 + 1000, 413)] {
        let other = Form.Field("other", String(repeating: "x", count: count))
        let answer = try await client.send(
          .post, "/api/extract-pose", headers: [.contentType: "multipart/form-data; boundary=b"],
          body: Form(boundary: "b", fields: [other, .init("image", "P")]).text)
        #expect(answer.status.code == status)
      }
    }
  }

  @Test("more bytes in flight than allowed are 503")
  func budget() async throws {
    try await withRoutes(storage, configure: { $0.maxUploadBytesInFlight = 100 }) { client in
      let response = try await client.upload()
      #expect(response.status == .serviceUnavailable)
      #expect(response.errorCode == "QUEUE_FULL")
      #expect(response.headers[.retryAfter] != nil)
    }
  }

  @Test("forms without a usable picture are 400", arguments: WrongForm.all)
  func wrongForms(form: WrongForm) async throws {
    try await withRoutes(storage) { client in
      let response = try await client.send(
        .post, "/api/extract-pose", headers: [.contentType: form.contentType], body: form.body)
      #expect(response.status == .badRequest)
      #expect(response.errorCode == form.code)
    }
  }

  @Test(
    "a field of a form that was meant as a parameter is refused, naming where it belongs; others are ignored",
    arguments: [
      ("maxPoses", "maxPoses"), ("maxPosess", "maxPoses"), ("max_poses", "maxPoses"), ("include", "include"),
      ("includes", "include"), ("purpose", nil), ("poses", nil), ("name", nil), ("index", nil), ("Upload", nil),
    ] as [(String, String?)])
  func fieldsOfParameters(field: String, parameter: String?) async throws {
    let picture = Form.Field("image", "PP")
    for fields in [[Form.Field(field, "5"), picture], [picture, Form.Field(field, "5")]] {
      try await withRoutes(storage) { client in
        let response = try await client.send(
          .post, "/api/extract-pose", headers: [.contentType: "multipart/form-data; boundary=b"],
          body: Form(boundary: "b", fields: fields).text)
        guard let parameter else {
          #expect(response.status == .created)
          return
        }
        #expect(response.status == .badRequest && response.errorCode == "BAD_REQUEST")
        let message = response.json["message"] as? String
        #expect(message?.contains("\"\(field)\"") == true && message?.contains("?\(parameter)=") == true)
      }
    }
    #expect(storage.imageCount == (parameter == nil ? 2 : 0))
  }

  struct WrongForm: Sendable {
    var contentType = "multipart/form-data; boundary=b"
    var body: String
    var code = "BAD_REQUEST"

    static let all = [
      WrongForm(body: Form(boundary: "b", fields: [.init("picture", "P")]).text, code: "IMAGE_MISSING"),
      WrongForm(body: Form(boundary: "b", fields: [.init("image", "")]).text, code: "IMAGE_MISSING"),
      WrongForm(body: Form(boundary: "b", fields: [.init("image", "P"), .init("image", "P")]).text),
      WrongForm(body: String(Form(boundary: "b", fields: [.init("image", "P")]).text.dropLast(8))),
      WrongForm(body: "--b\nContent-Disposition: form-data; name=\"image\"\n\nP\n--b--\n"),
      WrongForm(contentType: "multipart/form-data", body: "P"),
      WrongForm(contentType: "multipart/mixed; boundary=b", body: "P"),
      WrongForm(contentType: "image/png", body: "", code: "IMAGE_MISSING"),
    ]
  }
}
