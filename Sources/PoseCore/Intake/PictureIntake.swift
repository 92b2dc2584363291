public import NIOCore

/// Finds people in a picture, and stores both.
public struct PictureIntake: Sendable {
  private let extractor: any PoseExtractor
  private let poses: any PoseRepository
  private let images: any ImageStore
  private let clock: @Sendable () -> Int64
  private let requireWhole: @Sendable () async throws -> Void
  private let onStray: @Sendable (ImageID, any Error) -> Void

  /// - Parameters:
  ///   - clock: the time in whole seconds since 1970.
  ///   - requireWhole: called right before anything is stored; throws while a restore fills the storage.
  ///   - onStray: called with a picture that remains without a pose because it could not be removed.
  public init(
    extractor: any PoseExtractor, poses: any PoseRepository, images: any ImageStore,
    clock: @escaping @Sendable () -> Int64,
    requireWhole: @escaping @Sendable () async throws -> Void = {},
    onStray: @escaping @Sendable (ImageID, any Error) -> Void
  ) {
    self.extractor = extractor
    self.poses = poses
    self.images = images
    self.clock = clock
    self.requireWhole = requireWhole
    self.onStray = onStray
  }

  /// Stores the picture first, then its rows: a crash in between leaves a picture without rows, never the reverse.
  ///
  /// The picture is stored as soon as the detector sees somebody, while the landmarks are still being computed. If
  /// there are none in the end, the picture is removed, and no rows are returned.
  ///
  /// - Parameter insert: stores the rows instead of ``PoseRepository/insert(_:)``; if it throws, the picture is removed
  ///   unless the rows may have been stored.
  public func store(
    _ image: ByteBuffer, fileName: String?, maxPoses: Int,
    insert: (@Sendable ([NewPose]) async throws -> [PoseRecord])? = nil
  ) async throws -> [PoseRecord] {
    let (headers, detection) = AsyncStream.makeStream(of: PictureHeader.self, bufferingPolicy: .bufferingOldest(1))
    let storing = Task { try await put(image, fileName: fileName, header: headers) }
    let extraction: Extraction
    do {
      defer { detection.finish() }
      extraction = try await extractor.extract(image, maxPoses: maxPoses) { detection.yield($0) }
      if !extraction.poses.isEmpty { detection.yield(extraction.header) }
    } catch {
      await takeBack(storing)
      throw error
    }
    guard !extraction.poses.isEmpty else {
      await takeBack(storing)
      return []
    }
    let picture = try await withTaskCancellationHandler {
      try await storing.value
    } onCancel: {
      storing.cancel()
    }
    guard let picture else { throw CancellationError() }
    return try await store(
      extraction.newPoses(imageID: picture.id, fileName: fileName, createdAt: picture.uploadedAt), of: picture.id,
      by: insert ?? poses.insert)
  }

  /// The poses of a stored picture with the same bytes, the best first; empty where there is none. A picture all of whose
  /// poses were deleted counts as none.
  ///
  /// A store that can't look for bytes is asked for the newest pictures of the same name only.
  ///
  /// - Parameters:
  ///   - sha256: of the picture, 64 hexadecimal digits in lower case.
  ///   - length: in bytes.
  public func poses(
    sha256: String, length: Int, fileName: String?, with parts: PoseParts
  ) async throws -> [PoseRecord] {
    var candidates = try await images.find(sha256: sha256, limit: Self.mostCandidates)
    if candidates == nil { candidates = try await named(fileName) }
    for image in candidates ?? [] where image.metadata.sha256 == sha256 && image.length == length {
      let rows = try await poses.list(.after(.max, limit: 100), of: PoseFilter(imageID: image.id), with: parts)
      if !rows.isEmpty { return rows.reversed() }
    }
    return []
  }

  private func named(_ fileName: String?) async throws -> [StoredImage] {
    guard let name = PoseDetails(fileName: fileName).fileName else { return [] }
    let rows = try await poses.list(
      .after(.max, limit: Self.mostCandidates), of: PoseFilter(fileName: .equals(name)), with: [])
    var found: [StoredImage] = []
    for id in Set(rows.compactMap({ ImageID($0.imageID) })) {
      if let image = try await images.find(id) { found.append(image) }
    }
    return found
  }

  private static let mostCandidates = 20

  /// Stores the picture once its header comes; nil when none does.
  private func put(
    _ image: ByteBuffer, fileName: String?, header: AsyncStream<PictureHeader>
  ) async throws -> StoredImage? {
    // asked before; without an answer, no picture is stored that would stay without a row
    let datasetID = try await poses.datasetID()
    for await header in header {
      // looking at the picture may have taken long
      try await requireWhole()
      let now = clock()
      return try await images.put(
        ImageID.generate(at: now), SinglePiece(image), length: image.readableBytes, uploadedAt: now,
        metadata: ImageMetadata(
          contentType: header.format.contentType, width: header.width, height: header.height, fileName: fileName,
          datasetID: datasetID))
    }
    return nil
  }

  /// A cancelled call leaves nothing; one that has ended by then has stored the picture.
  private func takeBack(_ storing: Task<StoredImage?, any Error>) async {
    storing.cancel()
    if let picture = try? await storing.value { await remove(picture.id) }
  }

  /// In a task of its own: once begun, a commit is not given up half-way, which would leave open whether it happened.
  private func store(
    _ rows: [NewPose], of id: ImageID, by insert: @escaping @Sendable ([NewPose]) async throws -> [PoseRecord]
  ) async throws -> [PoseRecord] {
    try await Task {
      do {
        return try await insert(rows)
      } catch {
        // where the database went away, the rows may be there: then the picture stays for the sweep to judge
        let failure = error as? PoseVaultError
        if failure?.code != .storageUnavailable || failure?.nothingWasWritten == true { await remove(id) }
        throw error
      }
    }.value
  }

  /// In a task of its own, because the picture of a cancelled call must go, too.
  private func remove(_ id: ImageID) async {
    await Task { [images, onStray] in
      do {
        try await images.delete(id)
      } catch {
        onStray(id, error)
      }
    }.value
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
