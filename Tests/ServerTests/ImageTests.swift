import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("GET /api/images/{imageId}")
struct ImageTests {
  let storage = MemoryStorage()
  let id = ImageID.generate(at: testTime)
  let bytes = ByteBuffer(
    bytes: Array("RIFF....WEBPVP8 ".utf8) + (16..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
  let sha256 = String(repeating: "ab", count: 32)

  init() {
    storage.adopt(
      StoredImage(
        id: id, length: bytes.readableBytes, uploadedAt: testTime,
        metadata: ImageMetadata(contentType: "image/webp", sha256: sha256)), bytes)
  }

  @Test("the original bytes with all their fields, whatever the case of the id")
  func whole() async throws {
    try await withRoutes(storage) { client in
      for id in ["\(id)", "\(id)".uppercased()] {
        let response = try await client.send(.get, "/api/images/\(id)")
        #expect(response.status == .ok)
        #expect(response.body == bytes)
        #expect(response.headers[.contentType] == "image/webp")
        #expect(response.headers[.contentLength] == "200000")
        #expect(response.headers[.eTag] == "\"\(sha256)\"")
        #expect(response.headers[.lastModified] == "Wed, 10 Dec 2025 10:30:00 GMT")
        #expect(response.headers[.acceptRanges] == "bytes")
        #expect(response.headers[.xContentTypeOptions] == "nosniff")
        #expect(response.headers[.cacheControl] == "private, max-age=300, must-revalidate")
      }
    }
  }

  @Test("HEAD has the fields alone")
  func head() async throws {
    try await withRoutes(storage) { client in
      let response = try await client.send(.head, "/api/images/\(id)", headers: [.range: "bytes=0-1"])
      #expect(response.status == .ok)
      #expect(response.headers[.contentLength] == "200000")
      #expect(response.body.readableBytes == 0)
    }
  }

  @Test(
    "one range is answered with 206",
    arguments: [
      ("bytes=0-0", 0..<1), ("bytes=10-19", 10..<20), ("bytes=199999-", 199_999..<200_000),
      ("bytes=-5", 199_995..<200_000),
    ])
  func range(field: String, range: Range<Int>) async throws {
    try await withRoutes(storage) { client in
      let response = try await client.send(.get, "/api/images/\(id)", headers: [.range: field])
      #expect(response.status == .partialContent)
      #expect(response.headers[.contentRange] == "bytes \(range.lowerBound)-\(range.upperBound - 1)/200000")
      #expect(response.headers[.contentLength] == "\(range.count)")
      #expect(response.body == bytes.getSlice(at: range.lowerBound, length: range.count))
    }
  }

  @Test("a range behind the end is 416; several ranges are ignored")
  func otherRanges() async throws {
    try await withRoutes(storage) { client in
      let behind = try await client.send(.get, "/api/images/\(id)", headers: [.range: "bytes=200000-"])
      #expect(behind.status == .rangeNotSatisfiable)
      #expect(behind.headers[.contentRange] == "bytes */200000")
      #expect(behind.errorCode == "RANGE_NOT_SATISFIABLE")
      let several = try await client.send(.get, "/api/images/\(id)", headers: [.range: "bytes=0-1,3-4"])
      #expect(several.status == .ok)
    }
  }

  @Test(
    "If-Range gives the part only of the same picture",
    arguments: [
      ("\"SHA\"", HTTPResponse.Status.partialContent), ("Wed, 10 Dec 2025 10:30:00 GMT", .partialContent),
      ("\"other\"", .ok), ("W/\"SHA\"", .ok), ("Wed, 10 Dec 2025 10:30:01 GMT", .ok), ("nonsense", .ok),
    ])
  func ifRange(condition: String, status: HTTPResponse.Status) async throws {
    try await withRoutes(storage) { client in
      let condition = condition.replacing("SHA", with: sha256)
      let response = try await client.send(
        .get, "/api/images/\(id)", headers: [.range: "bytes=0-1", .ifRange: condition])
      #expect(response.status == status)
    }
  }

  @Test("a client that has the picture gets 304")
  func notModified() async throws {
    try await withRoutes(storage) { client in
      let conditions: [HTTPFields] = [
        [.ifNoneMatch: "\"\(sha256)\""], [.ifNoneMatch: "*"],
        [.ifModifiedSince: "Wed, 10 Dec 2025 10:30:00 GMT"],
      ]
      for headers in conditions {
        let response = try await client.send(.get, "/api/images/\(id)", headers: headers)
        #expect(response.status == .notModified)
        #expect(response.body.readableBytes == 0)
      }
      let other = try await client.send(
        .get, "/api/images/\(id)",
        headers: [.ifNoneMatch: "\"other\"", .ifModifiedSince: "Wed, 10 Dec 2025 10:30:00 GMT"])
      #expect(other.status == .ok)
    }
  }

  @Test("a picture stored without a type is told by its first bytes")
  func sniffed() async throws {
    let samples: [([UInt8], String)] = [
      ([0xFF, 0xD8, 0xFF, 0xE0, 0], "image/jpeg"),
      ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "image/png"),
      (Array("RIFF....WEBPVP8 ".utf8), "image/webp"),
      (Array("\0\0\0\u{18}ftypheic\0\0\0\0mif1heic".utf8), "image/heic"),
      // what it is, only its last brand tells
      (Array("\0\0\0\u{20}ftypmif1\0\0\0\0mif1miafMA1Bavif".utf8), "image/avif"),
      (Array("<html>".utf8), "application/octet-stream"),
      ([], "application/octet-stream"),
    ]
    for (bytes, type) in samples {
      let id = ImageID.generate(at: testTime)
      storage.adopt(
        StoredImage(id: id, length: bytes.count, uploadedAt: testTime, metadata: ImageMetadata()),
        ByteBuffer(bytes: bytes))
      try await withRoutes(storage) { client in
        let response = try await client.send(.get, "/api/images/\(id)")
        #expect(response.headers[.contentType] == type)
        #expect(response.body == ByteBuffer(bytes: bytes))
      }
    }
  }

  @Test("malformed ids are 400, unknown ones 404, a store that is down 503")
  func failures() async throws {
    try await withRoutes(storage) { client in
      for id in ["x", "0123456789abcdef0123456", "0123456789abcdef0123456g", "0123456789abcdef012345678"] {
        let response = try await client.send(.get, "/api/images/\(id)")
        #expect(response.status == .badRequest)
      }
      let unknown = try await client.send(.get, "/api/images/0123456789abcdef01234567")
      #expect(unknown.status == .notFound)
      #expect(unknown.errorCode == "NOT_FOUND")
      storage.setFault(\.imageFault, PoseVaultError(.storageUnavailable, "down"))
      let down = try await client.send(.get, "/api/images/\(id)")
      #expect(down.status == .serviceUnavailable)
    }
  }
}
