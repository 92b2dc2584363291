public import NIOCore

/// Finds people in a picture, and stores both.
public struct PictureIntake: Sendable {
  private let poses: any PoseRepository
  private let images: any ImageStore
  private let clock: @Sendable () -> Int64
  private let requireWhole: @Sendable () async throws -> Void
  private let onStray: @Sendable (ImageID, any Error) -> Void

  /// - Parameters:
  ///   - clock: the time in whole seconds since 1970.
  ///   - requireWhole: asked right before anything is stored; throws while a restore fills the storage.
  ///   - onStray: told of a picture that stays behind without a pose because it could not be removed.
  public init(
    poses: any PoseRepository, images: any ImageStore, clock: @escaping @Sendable () -> Int64,
    requireWhole: @escaping @Sendable () async throws -> Void = {},
    onStray: @escaping @Sendable (ImageID, any Error) -> Void
  ) {
    self.poses = poses
    self.images = images
    self.clock = clock
    self.requireWhole = requireWhole
    self.onStray = onStray
  }

  /// Stores the picture first, then its rows: a crash between them leaves a picture without rows, never the reverse.
  ///
  /// Stores nothing, and returns no rows, where `extract` finds no people.
  public func store(
    _ image: ByteBuffer, fileName: String?, extract: () async throws -> Extraction
  ) async throws -> [PoseRecord] {
    // asked meanwhile; without an answer, no picture is stored that would stay without a row
    async let datasetID = poses.datasetID()
    let extraction = try await extract()
    guard !extraction.poses.isEmpty else { return [] }
    // looking at the picture may have taken long
    try await requireWhole()
    let now = clock()
    let id = ImageID.generate(at: now)
    let metadata = ImageMetadata(
      contentType: extraction.format.contentType, width: extraction.width, height: extraction.height,
      fileName: fileName, datasetID: try await datasetID)
    try await images.put(
      id, SinglePiece(image), length: image.readableBytes, uploadedAt: now, metadata: metadata)
    let rows = extraction.newPoses(imageID: id, fileName: fileName, createdAt: now)
    // once begun, a commit is not given up half-way: a cancellation would leave open whether it happened
    return try await Task { [poses] in
      do {
        return try await poses.insert(rows)
      } catch {
        await removeUnreferenced(id, after: error)
        throw error
      }
    }.value
  }

  /// Where the storage went away, the rows may be there: then the picture stays for the sweep to judge.
  private func removeUnreferenced(_ id: ImageID, after error: any Error) async {
    if let error = error as? PoseVaultError, error.code == .storageUnavailable { return }
    do {
      try await images.delete(id)
    } catch {
      onStray(id, error)
    }
  }
}

/// A buffer as a stream of one piece.
private struct SinglePiece: AsyncSequence, Sendable {
  let buffer: ByteBuffer

  init(_ buffer: ByteBuffer) { self.buffer = buffer }

  struct AsyncIterator: AsyncIteratorProtocol {
    var buffer: ByteBuffer?

    mutating func next() async throws -> ByteBuffer? {
      defer { buffer = nil }
      return buffer
    }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(buffer: buffer) }
}
