import NIOCore
import PoseCore
import Synchronization
import Testing

/// Finds what a test says, when it says so.
private struct PlayedExtractor: PoseExtractor {
  typealias Play = @Sendable (_ onDetection: @escaping @Sendable (PictureHeader) -> Void) async throws -> Extraction
  let play: Play

  func extract(
    _ image: ByteBuffer, maxPoses: Int, onDetection: @escaping @Sendable (PictureHeader) -> Void
  ) async throws -> Extraction {
    try await play(onDetection)
  }
}

@Suite("A picture on its way into the stores")
struct IntakeTests {
  private let storage = MemoryStorage()
  private static let header = PictureHeader(format: .png, width: 4, height: 3)

  private func store(
    requireWhole: @escaping @Sendable () async throws -> Void = {},
    _ extract: @escaping PlayedExtractor.Play
  ) async throws -> [PoseRecord] {
    let intake = PictureIntake(
      extractor: PlayedExtractor(play: extract), poses: storage, images: storage, clock: { 7 },
      requireWhole: requireWhole
    ) { id, error in Issue.record("\(id): \(error)") }
    return try await intake.store(ByteBuffer(string: "P"), fileName: "a.png", maxPoses: 1)
  }

  private static func extraction(people: Int) -> Extraction {
    Extraction(PictureHeader(format: .png, width: 4, height: 3), poses: (0..<people).map(FakeExtractor.pose))
  }

  private func waitForPicture() async throws {
    while storage.imageCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test("it is stored while landmarks are still looked for", .timeLimit(.minutes(1)))
  func storedMeanwhile() async throws {
    let rows = try await store { onDetection in
      onDetection(Self.header)
      try await waitForPicture()
      #expect(storage.rowCount == 0)
      return Self.extraction(people: 2)
    }
    let image = try #require(storage.state.withLock { $0.images.values.first?.image })
    #expect(storage.imageCount == 1)
    #expect(rows.map(\.imageID) == ["\(image.id)", "\(image.id)"])
    #expect(rows.map(\.createdAt) == [7, 7])
    #expect(image.uploadedAt == 7)
    #expect(image.metadata.contentType == "image/png")
    #expect([image.metadata.width, image.metadata.height] == [4, 3])
  }

  @Test("it is stored where the extractor tells of people only in the end")
  func storedInTheEnd() async throws {
    let rows = try await store { _ in Self.extraction(people: 1) }
    #expect(rows.count == 1)
    #expect(storage.imageCount == 1)
  }

  @Test("one that shows nobody after all, or can't be finished, is removed again", .timeLimit(.minutes(1)))
  func removed() async throws {
    let rows = try await store { onDetection in
      onDetection(Self.header)
      try await waitForPicture()
      return Self.extraction(people: 0)
    }
    #expect(rows.isEmpty)
    #expect(storage.imageCount == 0)
    await #expect(throws: PoseVaultError.self) {
      _ = try await store { onDetection in
        onDetection(Self.header)
        try await waitForPicture()
        throw PoseVaultError(.internal, "no memory")
      }
    }
    #expect(storage.imageCount == 0)
  }

  @Test("nothing is left of one whose uploader leaves", .timeLimit(.minutes(1)))
  func cancelled() async throws {
    let call = Task {
      try await store { onDetection in
        onDetection(Self.header)
        try await waitForPicture()
        try await Task.sleep(for: .seconds(60))
        return Self.extraction(people: 1)
      }
    }
    try await waitForPicture()
    call.cancel()
    await #expect(throws: CancellationError.self) { try await call.value }
    #expect(storage.imageCount == 0)
    #expect(storage.rowCount == 0)
  }

  @Test("nothing is stored while a restore fills the storage, or without the database's answer")
  func refused() async throws {
    let refusal = PoseVaultError(.storageUnavailable, "A restore is under way.")
    let refused = await #expect(throws: PoseVaultError.self) {
      try await store(requireWhole: { throw refusal }) { _ in Self.extraction(people: 1) }
    }
    #expect(refused?.message == refusal.message)
    storage.setFault(\.poseFault, PoseVaultError(.storageUnavailable, "gone"))
    let gone = await #expect(throws: PoseVaultError.self) {
      try await store { onDetection in
        onDetection(Self.header)
        return Self.extraction(people: 1)
      }
    }
    #expect(gone?.message == "gone")
    #expect(storage.imageCount == 0)
    // a picture without people needs no storage
    #expect(try await store { _ in Self.extraction(people: 0) }.isEmpty)
  }
}
