import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PoseCore

/// `POST /api/extract-pose`: a picture in, its keypoints out.
struct ExtractRoute: Sendable {
  let poses: any PoseRepository
  let images: any ImageStore
  let extractor: any PoseExtractor
  let uploads: UploadReader
  let maxPosesLimit: Int
  let clock: @Sendable () -> Int64

  @Sendable func extract(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = Query(request)
    let maxPoses = try query.integer("maxPoses", in: 1...maxPosesLimit)
    let inclusion = try query.inclusion()
    return try await uploads.withUpload(request, context) { upload in
      let extraction = try await extract(upload.image, maxPoses: maxPoses ?? 1, context)
      guard !extraction.poses.isEmpty else {
        throw PoseVaultError(.noPersonFound, "No person was found in the picture.")
      }
      let rows = try await store(upload, extraction, context)
      return Self.response(rows, all: maxPoses != nil, inclusion)
    }
  }

  /// A client that leaves while its picture waits makes room for others.
  private func extract(_ image: ByteBuffer, maxPoses: Int, _ context: APIContext) async throws -> Extraction {
    guard let client = context.client else { return try await extractor.extract(image, maxPoses: maxPoses) }
    return try await client.cancelWhenGone { [extractor] in
      try await extractor.extract(image, maxPoses: maxPoses)
    }
  }

  /// The picture first, then the rows: a crash between them leaves a picture without rows, never the reverse.
  private func store(_ upload: Upload, _ extraction: Extraction, _ context: APIContext) async throws -> [PoseRecord] {
    let now = clock()
    let id = ImageID.generate(at: now)
    let metadata = ImageMetadata(
      contentType: extraction.format.contentType, width: extraction.width, height: extraction.height,
      fileName: upload.fileName, datasetID: try await poses.datasetID())
    try await images.put(
      id, SinglePiece(upload.image), length: upload.image.readableBytes, uploadedAt: now, metadata: metadata)
    let rows = extraction.newPoses(imageID: id, fileName: upload.fileName, createdAt: now)
    // once begun, a commit is not given up half-way: a cancellation would leave open whether it happened
    return try await Task { [poses] in
      do {
        return try await poses.insert(rows)
      } catch {
        await removeUnreferenced(id, after: error, context.logger)
        throw error
      }
    }.value
  }

  /// Where the storage went away, the rows may be there: then the picture stays for the sweep to judge.
  private func removeUnreferenced(_ id: ImageID, after error: any Error, _ logger: Logger) async {
    if let error = error as? PoseVaultError, error.code == .storageUnavailable { return }
    do {
      try await images.delete(id)
    } catch {
      logger.warning("A picture without a pose stays behind", metadata: ["image": "\(id)", "error": "\(error)"])
    }
  }

  private static func response(_ rows: [PoseRecord], all: Bool, _ inclusion: PoseInclusion) -> Response {
    guard let best = rows.first else {
      return .failure(PoseVaultError(.internal, "The storage returned no row."))
    }
    func write(_ row: PoseRecord, _ json: inout JSONWriter) {
      json.key("id")
      json.value(row.id)
      json.key("imageId")
      json.value(row.imageID)
      row.writeKeypoints(inclusion, into: &json)
      json.key("createdAt")
      json.value(time: row.createdAt)
    }
    return .success(.created, headers: [.location: "/api/poses/\(best.id)"], capacity: 4096 * (rows.count + 1)) {
      json in
      json.key("message")
      json.value("Pose extracted successfully")
      json.key("data")
      json.object { json in
        write(best, &json)
        guard all else { return }
        json.key("poses")
        json.array { json in
          for row in rows {
            json.object { write(row, &$0) }
          }
        }
      }
    }
  }
}

/// A buffer as a stream of one piece.
struct SinglePiece: AsyncSequence, Sendable {
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
