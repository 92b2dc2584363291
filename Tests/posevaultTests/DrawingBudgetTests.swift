import Foundation
import Imaging
import NIOCore
import PoseCore
import Synchronization
import Testing

@testable import posevault

@Suite("Memory for pictures that are drawn", .timeLimit(.minutes(1)))
struct DrawingBudgetTests {
  private static let side = 1600

  private static func picture() throws -> ByteBuffer {
    let pixels = (0..<3 * side * side).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    return ByteBuffer(bytes: try RGBImage(width: side, height: side, pixels: pixels).png())
  }

  /// Runs `draw` eight times at once, and returns the most of `busy` that is seen meanwhile.
  private static func most(
    _ busy: @escaping @Sendable () -> Int, _ draw: @escaping @Sendable () async throws -> Void
  ) async throws -> Int {
    let isDone = Atomic(false)
    async let most = Task.detached {
      var most = 0
      while !isDone.load(ordering: .relaxed) {
        most = max(most, busy())
        try? await Task.sleep(for: .microseconds(200))
      }
      return most
    }.value
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { try await draw() } }
      try await group.waitForAll()
    }
    isDone.store(true, ordering: .relaxed)
    return await most
  }

  @Test(
    "the server draws two pictures at once only where both together have no more pixels than one may have",
    arguments: [(6, 1), (60, 2)])
  func server(limit: Int, expected: Int) async throws {
    let picture = try Self.picture()
    let renderer = PooledRenderer(ImageLimits(maxPixels: limit * Self.side * Self.side / 4))
    let most = try await Self.most({ renderer.pools.first { $0.name == "drawing" }?.used ?? 0 }) {
      _ = try await renderer.thumbnail(of: picture, side: 64)
    }
    #expect(most == expected)
    try await renderer.shutDown()
  }

  @Test("so does the command line, which counts the copy and the file that is written", arguments: [(6, 1), (60, 4)])
  func commandLine(limit: Int, expected: Int) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let picture = try Self.picture()
    let extraction = Extraction(PictureHeader(format: .png, width: Self.side, height: Self.side), poses: [])
    let files = BlockingPool("files", threads: 4, maxWaiting: 10, waitLimit: .seconds(60))
    let overlays = OverlayFolder(
      FilePath(folder), limits: ImageLimits(maxPixels: limit * Self.side * Self.side / 4), files: files)
    let number = Mutex(0)
    let most = try await Self.most({ files.load(named: "files").used }) {
      let name = number.withLock { number in
        number += 1
        return "\(number).png"
      }
      try await overlays.write(picture, extraction, of: FilePath(name))
    }
    #expect(most == expected)
    #expect(overlays.load.used == 0 && overlays.load.capacity == 3 * limit * Self.side * Self.side / 4)
    try await files.shutDown()
  }
}
