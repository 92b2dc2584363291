import Foundation
import NIOCore
import PoseCore
import S3
import StorageContract
import TestServers
import Testing

@testable import S3Storage

@Suite("Pictures in S3", .serialized)
struct ContractTests {
  /// Of this suite alone, because one check breaks it.
  private static let server = Task { try await SeaweedFSServer.start() }

  @Test("keep the storage contract", arguments: ImageStoreContract.checks)
  func pictures(check: ImageStoreContract.Check) async throws {
    try await S3Fixture.with(try await Self.server.value) { try await check.run($0) }
  }

  private func put(_ images: S3ImageStore, _ count: Int, name: String? = nil) async throws -> ImageID {
    let id = ImageID.generate(at: 1_765_362_600)
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    try await images.put(
      id, Pieces(bytes: bytes), length: count, uploadedAt: 1_765_362_600, metadata: ImageMetadata(fileName: name))
    return id
  }

  @Test("a picture is an object that curl reads, named by its id, with what is known of it in its metadata")
  func objects() async throws {
    try await S3Fixture.with(try await Self.server.value) { fixture in
      let images = try await fixture.open()
      let id = try await put(images, 2_000_000, name: "a ü.jpg")
      let path = "/\(fixture.bucket)/pose/vault/images/\(id)"
      let head = try await fixture.server.curl(["--head"], path).lowercased()
      #expect(head.contains("content-length: 2000000"))
      #expect(head.contains("x-amz-meta-file-name: a%20%c3%bc.jpg"))
      #expect(head.contains("x-amz-meta-uploaded-at: 1765362600"))
      let file = fixture.server.folder + "/\(id)"
      try await fixture.server.curl(["--output", file], path)
      let sum = try await Command.run(["sha256sum", file]).prefix(64)
      #expect(try await images.find(id)?.metadata.sha256 == String(sum))
    }
  }

  @Test("names of every kind come back, and one that S3 can't keep is refused before anything is stored")
  func names() async throws {
    try await S3Fixture.with(try await Self.server.value) { fixture in
      let images = try await fixture.open()
      for name in ["", "%", "%41", " a ", "line\r\nX: 1", String(repeating: "写", count: 400)] {
        let id = try await put(images, 1, name: name)
        #expect(try await images.find(id)?.metadata.fileName == name)
      }
      let error = await #expect(throws: PoseVaultError.self) {
        try await put(images, 1, name: String(repeating: "x", count: 3000))
      }
      #expect(error?.code == .badRequest)
      #expect(try await images.list(after: nil, limit: 100).count == 6)
    }
  }

  @Test("the pair's number is exchanged by one of many, and is no picture")
  func pair() async throws {
    try await S3Fixture.with(try await Self.server.value) { fixture in
      let images = try await fixture.open()
      #expect(try await images.pair() == nil)
      for (old, prefix) in [(nil, "a"), ("winner", "b")] as [(String?, String)] {
        if let old { #expect(try await images.replacePair(try await images.pair(), with: old)) }
        let winners = try await withThrowingTaskGroup(of: String?.self) { group in
          for number in 0..<8 {
            group.addTask { try await images.replacePair(old, with: prefix + "\(number)") ? prefix + "\(number)" : nil }
          }
          return try await group.reduce(into: [String]()) { winners, winner in
            if let winner { winners.append(winner) }
          }
        }
        #expect(winners.count == 1)
        #expect(try await images.pair() == winners.first)
      }
      #expect(try await images.list(after: nil, limit: 9) == [])
      #expect(try await images.notIncluded() == [])
      #expect(try await images.replacePair("never", with: "x") == false)
    }
  }

  @Test("keys beside the pictures are no pictures, don't end a list, and are named as not included")
  func strangers() async throws {
    try await S3Fixture.with(try await Self.server.value) { fixture in
      let images = try await fixture.open()
      let id = try await put(images, 10)
      for key in ["images/000000000000000000000000.txt", "images/0", "images/sub/0", "other/x"] {
        try await fixture.server.put("x", at: "/\(fixture.bucket)/pose/vault/\(key)")
      }
      #expect(try await images.list(after: nil, limit: 1).map(\.id) == [id])
      #expect(try await images.notIncluded() == ["pose/vault/other/"])
    }
  }

  @Test("a picture that another program put there has what S3 knows of it")
  func foreign() async throws {
    try await S3Fixture.with(try await Self.server.value) { fixture in
      let images = try await fixture.open()
      let id = ImageID.generate(at: 1_765_362_600)
      try await fixture.server.put("abc", at: "/\(fixture.bucket)/pose/vault/images/\(id)", type: "image/png")
      let image = try #require(try await images.find(id))
      #expect(image.length == 3 && image.metadata.contentType == "image/png" && image.metadata.fileName == nil)
      #expect(image.uploadedAt > 1_765_362_600)
    }
  }

  @Test("storing and reading 40 MB needs less than 12 MB of memory")
  func memory() async throws {
    try await S3Fixture.with(try await Self.server.value) { fixture in
      let images = try await fixture.open()
      _ = try await put(images, 100)
      let id = ImageID.generate(at: 1)
      try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
      let before = try kilobytes("VmHWM")
      try await images.put(id, Zeros(count: 40_000_000), length: 40_000_000, uploadedAt: 1, metadata: .init())
      var length = 0
      let bytes = try #require(try await images.read(id, range: nil))
      for try await piece in bytes { length += piece.readableBytes }
      #expect(length == 40_000_000)
      #expect(try kilobytes("VmHWM") - before < 12_000)
    }
  }

  private struct Zeros: AsyncSequence, AsyncIteratorProtocol, Sendable {
    var count: Int

    func makeAsyncIterator() -> Zeros { self }

    mutating func next() async throws -> ByteBuffer? {
      guard count > 0 else { return nil }
      let piece = Swift.min(count, 65_536)
      count -= piece
      return ByteBuffer(repeating: 0, count: piece)
    }
  }

  private func kilobytes(_ name: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name + ":") })
    return try #require(Int(line.filter(\.isNumber)))
  }
}
