import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Synchronization
import Testing

@testable import Server

@Suite("Drawn pictures")
struct DrawingTests {
  let storage = MemoryStorage()

  @Test("a thumbnail has the size asked for, a tag, and may be kept for ever")
  func thumbnail() async throws {
    try await withRoutes(storage) { client in
      let image = try #require(try await client.upload("P").data["imageId"] as? String)
      let response = try await client.send(.get, "/api/images/\(image)/thumbnail")
      #expect(response.status == .ok)
      #expect(String(buffer: response.body) == "thumbnail P 256")
      #expect(response.headers[.contentType] == "image/jpeg")
      #expect(response.headers[.cacheControl] == "private, max-age=300, must-revalidate")
      let tag = try #require(response.headers[.eTag])
      let known = try await client.send(
        .get, "/api/images/\(image)/thumbnail", headers: [.ifNoneMatch: tag])
      #expect(known.status == .notModified)
      let larger = try await client.send(
        .get, "/api/images/\(image)/thumbnail?size=1024", headers: [.ifNoneMatch: tag])
      #expect(String(buffer: larger.body) == "thumbnail P 1024")
      for size in ["15", "1025", "x", ""] {
        let refused = try await client.send(.get, "/api/images/\(image)/thumbnail?size=\(size)")
        #expect(refused.status == .badRequest)
      }
    }
  }

  @Test("a rendition is as large as the picture or as asked for, has a tag of its own, and may be kept for minutes")
  func rendition() async throws {
    try await withRoutes(storage) { client in
      let image = try #require(try await client.upload("P").data["imageId"] as? String)
      let path = "/api/images/\(image)/rendition"
      let response = try await client.send(.get, path)
      #expect(response.status == .ok)
      #expect(String(buffer: response.body) == "thumbnail P 65500")
      #expect(response.headers[.contentType] == "image/jpeg")
      #expect(response.headers[.cacheControl] == "private, max-age=300, must-revalidate")
      let tag = try #require(response.headers[.eTag])
      #expect(try await client.send(.get, path, headers: [.ifNoneMatch: tag]).status == .notModified)
      let smaller = try await client.send(.get, path + "?size=1024", headers: [.ifNoneMatch: tag])
      #expect(String(buffer: smaller.body) == "thumbnail P 1024")
      // the thumbnail of that size is another file
      let thumbnail = try await client.send(.get, "/api/images/\(image)/thumbnail?size=1024")
      #expect(thumbnail.headers[.eTag] != smaller.headers[.eTag])
      for size in ["15", "65501", "x", ""] {
        #expect(try await client.send(.get, path + "?size=\(size)").status == .badRequest)
      }
    }
  }

  @Test("an overlay is PNG or SVG as Accept wishes, and follows a correction")
  func overlay() async throws {
    let body = try PoseTests.body()
    try await withRoutes(storage) { client in
      _ = try await client.upload("P")
      var tags: Set<String> = []
      for (accept, type, text) in [
        (nil, "image/png", "overlay P 0.015625 2048"), ("*/*", "image/png", "overlay P 0.015625 2048"),
        ("image/svg+xml", "image/svg+xml", "skeleton 0.015625 4x3"),
        ("image/png;q=0.5, image/svg+xml", "image/svg+xml", "skeleton 0.015625 4x3"),
        ("image/svg+xml;q=0.5, image/*", "image/png", "overlay P 0.015625 2048"),
        ("text/html", "image/png", "overlay P 0.015625 2048"),
      ] as [(String?, String, String)] {
        let response = try await client.send(
          .get, "/api/poses/1/overlay", headers: accept.map { [.accept: $0] } ?? [:])
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == type, "\(accept ?? "none")")
        #expect(response.headers[.vary] == "Accept")
        #expect(String(buffer: response.body) == text, "\(accept ?? "none")")
        tags.insert(response.headers[.eTag] ?? "")
      }
      #expect(tags.count == 2)
      let list = tags.joined(separator: ", ")
      let known = try await client.send(.get, "/api/poses/1/overlay", headers: [.ifNoneMatch: list])
      #expect(known.status == .notModified)
      _ = try await client.send(.put, "/api/poses/1", body: body)
      let changed = try await client.send(
        .get, "/api/poses/1/overlay?size=64", headers: [.ifNoneMatch: list])
      #expect(String(buffer: changed.body) == "overlay P 0.01 64")
    }
  }

  @Test("people=all draws everybody in the picture, the pose that was asked for on top, and follows each correction")
  func everybody() async throws {
    let body = try PoseTests.body()
    try await withRoutes(storage) { client in
      _ = try await client.upload("PPP", query: "?maxPoses=3")
      _ = try await client.upload("PP", query: "?maxPoses=2")
      let all = try await client.send(.get, "/api/poses/2/overlay?people=all&size=64")
      #expect(String(buffer: all.body) == "overlay PPP 0.125+0.0+0.25 64")
      let drawing = try await client.send(
        .get, "/api/poses/1/overlay?people=all", headers: [.accept: "image/svg+xml"])
      #expect(String(buffer: drawing.body) == "skeleton 0.0+0.125+0.25 4x3")
      let one = try await client.send(.get, "/api/poses/2/overlay?people=one&size=64")
      #expect(String(buffer: one.body) == "overlay PPP 0.015625 64")
      #expect(one.headers[.eTag] != all.headers[.eTag])
      let tag = try #require(all.headers[.eTag])
      let path = "/api/poses/2/overlay?people=all&size=64"
      #expect(try await client.send(.get, path, headers: [.ifNoneMatch: tag]).status == .notModified)
      _ = try await client.send(.put, "/api/poses/3", body: body)
      #expect(try await client.send(.get, path, headers: [.ifNoneMatch: tag]).status == .ok)
      #expect(try await client.send(.get, "/api/poses/2/overlay?people=2").status == .badRequest)
    }
  }

  @Test("an overlay's longer side has 16 to 4096 pixels, a thumbnail's 16 to 1024")
  func sides() async throws {
    try await withRoutes(storage) { client in
      let image = try #require(try await client.upload().data["imageId"] as? String)
      for (path, most) in [("/api/poses/1/overlay", 4096), ("/api/images/\(image)/thumbnail", 1024)] {
        for (size, status) in [(15, 400), (16, 200), (most, 200), (most + 1, 400)] {
          let answer = try await client.send(.get, "\(path)?size=\(size)")
          #expect(answer.status.code == status, "\(path) \(size)")
        }
      }
    }
  }

  @Test("what can't be drawn is 415, what isn't there 404")
  func failures() async throws {
    try await withRoutes(storage) { client in
      let broken = try #require(try await client.upload("PX").data["imageId"] as? String)
      for path in ["/api/images/\(broken)/thumbnail", "/api/images/\(broken)/rendition", "/api/poses/1/overlay"] {
        let response = try await client.send(.get, path)
        #expect(response.status == .unsupportedMediaType && response.errorCode == "UNSUPPORTED_IMAGE")
      }
      storage.adopt(PoseRecord(id: 2, imageID: broken, keypoints: Array("[]".utf8), createdAt: nil, updatedAt: nil))
      storage.adopt(PoseRecord(id: 3, imageID: "lost", keypoints: Array("[]".utf8), createdAt: nil, updatedAt: nil))
      for (path, status) in [
        ("/api/images/0123456789abcdef01234567/thumbnail", 404), ("/api/images/x/thumbnail", 400),
        ("/api/images/0123456789abcdef01234567/rendition", 404), ("/api/images/x/rendition", 400),
        ("/api/poses/2/overlay", 415), ("/api/poses/3/overlay", 415), ("/api/poses/9/overlay", 404),
      ] {
        let response = try await client.send(.get, path)
        #expect(response.status.code == status, "\(path)")
      }
      let stored = try #require(ImageID(broken))
      _ = try await storage.delete(stored)
      let lost = try await client.send(.get, "/api/poses/1/overlay")
      #expect(lost.status == .notFound)
    }
  }

  @Test("a picture that can't be drawn is tried once, whatever is asked for; a busy server is asked again")
  func refusals() async throws {
    let id = try #require(ImageID("0123456789abcdef01234567"))
    let image = StoredImage(id: id, length: 1, uploadedAt: 0, metadata: .init())
    storage.adopt(image, ByteBuffer(string: "P"))
    for (code, tries) in [(PoseVaultError.Code.corruptImage, 1), (.unsupportedImage, 1), (.queueFull, 3)] {
      let renderer = RefusingRenderer(code)
      let pictures = DrawnPictures(images: storage, renderer: renderer, maxBytes: 100)
      let keypoints = FakeExtractor.pose(0).keypoints
      for draw in [
        { try await pictures.thumbnail(of: image, side: 64) }, { try await pictures.rendition(of: image, side: 64) },
        { try await pictures.overlay(on: image, [keypoints], side: 64) },
      ] as [() async throws -> ByteBuffer] {
        let error = await #expect(throws: PoseVaultError.self) { _ = try await draw() }
        #expect(error?.code == code)
      }
      #expect(renderer.tries.withLock { $0 } == tries, "\(code)")
    }
  }

  @Test("four pictures are read for drawing at once, 256 wait, and another one is told that the server is busy")
  func atOnce() async throws {
    let id = try #require(ImageID("0123456789abcdef01234567"))
    let image = StoredImage(id: id, length: 1, uploadedAt: 0, metadata: .init())
    storage.adopt(image, ByteBuffer(string: "P"))
    let renderer = WaitingRenderer()
    let pictures = DrawnPictures(images: storage, renderer: renderer, maxBytes: 100)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 + 256 { group.addTask { _ = try await pictures.rendition(of: image, side: 64) } }
      while pictures.load.waiting < 256 { try await Task.sleep(for: .milliseconds(5)) }
      #expect(renderer.underWay.withLock { $0 } == 4)
      let error = await #expect(throws: PoseVaultError.self) { _ = try await pictures.rendition(of: image, side: 64) }
      #expect(error?.code == .queueFull)
      group.cancelAll()
      while (try? await group.next()) != nil {}
    }
  }

  @Test("the size of an adopted picture is read from its header")
  func adopted() async throws {
    let id = try #require(ImageID("0123456789abcdef01234567"))
    storage.adopt(StoredImage(id: id, length: 5, uploadedAt: 0, metadata: .init()), ByteBuffer(string: "12345"))
    let keypoints = KeypointsJSON.bytes(of: FakeExtractor.pose(0).keypoints)
    storage.adopt(PoseRecord(id: 1, imageID: "\(id)", keypoints: keypoints, createdAt: nil, updatedAt: nil))
    try await withRoutes(storage) { client in
      let response = try await client.send(.get, "/api/poses/1/overlay", headers: [.accept: "image/svg+xml"])
      #expect(String(buffer: response.body) == "skeleton 0.015625 5x1")
    }
  }

  @Test("kept buffers stay below their limit, and the one unused for longest goes first")
  func recentlyUsed() {
    var kept = RecentlyUsed<Int>(capacity: 100)
    for name in 1...3 { kept.keep(ByteBuffer(repeating: 0, count: 30), as: name) }
    _ = kept[1]
    kept.keep(ByteBuffer(repeating: 0, count: 30), as: 4)
    #expect(kept[2] == nil)
    #expect(kept[1] != nil && kept[3] != nil && kept[4] != nil)
    kept.keep(ByteBuffer(repeating: 0, count: 101), as: 5)
    #expect(kept[5] == nil && kept[1] != nil)
    kept.keep(ByteBuffer(repeating: 0, count: 100), as: 1)
    #expect(kept[1] != nil && kept[3] == nil && kept[4] == nil)
  }
}

/// Draws until it is cancelled.
private final class WaitingRenderer: PictureRenderer {
  let underWay = Mutex(0)

  func size(of image: ByteBuffer) async throws -> (width: Int, height: Int) { (1, 1) }

  func thumbnail(of image: ByteBuffer, side: Int) async throws -> ByteBuffer {
    underWay.withLock { $0 += 1 }
    try await Task.sleep(for: .seconds(3600))
    return ByteBuffer()
  }

  func overlay(on image: ByteBuffer, _ people: [[Keypoint]], side: Int) async throws -> ByteBuffer { ByteBuffer() }

  func plainFormat(of image: ByteBuffer) async throws -> ImageFormat? { nil }

  func skeletons(_ people: [[Keypoint]], width: Int, height: Int) -> ByteBuffer { ByteBuffer() }
}

/// Refuses every picture with the same code, and counts how often.
private final class RefusingRenderer: PictureRenderer {
  let tries = Mutex(0)
  private let code: PoseVaultError.Code

  init(_ code: PoseVaultError.Code) { self.code = code }

  func size(of image: ByteBuffer) async throws -> (width: Int, height: Int) { throw refusal() }

  func thumbnail(of image: ByteBuffer, side: Int) async throws -> ByteBuffer { throw refusal() }

  func overlay(on image: ByteBuffer, _ people: [[Keypoint]], side: Int) async throws -> ByteBuffer { throw refusal() }

  func plainFormat(of image: ByteBuffer) async throws -> ImageFormat? { nil }

  func skeletons(_ people: [[Keypoint]], width: Int, height: Int) -> ByteBuffer { ByteBuffer() }

  private func refusal() -> PoseVaultError {
    tries.withLock { $0 += 1 }
    return PoseVaultError(code, "refused")
  }
}
