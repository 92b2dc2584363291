import Foundation
import GridFSStorage
import NIOCore
import PoseCore
import Testing

@Suite("A picture of 200 MB", .serialized)
struct MemoryTests {
  @Test("needs a small part of that in memory, on its way in and out")
  func constant() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let before = try residentBytes()
      var highest = before
      let (id, source) = (ImageID.generate(at: 1), Blocks(count: 3200))
      try await images.put(id, source, length: 3200 * Blocks.length, uploadedAt: 1, metadata: .init())
      highest = max(highest, try residentBytes())
      guard let stream = try await images.read(id, range: nil) else {
        Issue.record("the picture is not there")
        return
      }
      var (read, pieces) = (0, 0)
      for try await piece in stream {
        read += piece.readableBytes
        pieces += 1
        if pieces % 20 == 0 { highest = max(highest, try residentBytes()) }
      }
      #expect(read == 3200 * Blocks.length)
      #expect(highest - before < 60_000_000)
    }
  }
}

/// Blocks that are made when they are asked for.
private struct Blocks: AsyncSequence, Sendable {
  static let length = 65_536
  let count: Int

  func makeAsyncIterator() -> Iterator { Iterator(rest: count) }

  struct Iterator: AsyncIteratorProtocol {
    var rest: Int

    mutating func next() async throws -> ByteBuffer? {
      guard rest > 0 else { return nil }
      rest -= 1
      return ByteBuffer(repeating: UInt8(truncatingIfNeeded: rest), count: Blocks.length)
    }
  }
}

/// What of this process is in memory.
private func residentBytes() throws -> Int {
  let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
  return (Int(pages[1]) ?? 0) * 4096
}
