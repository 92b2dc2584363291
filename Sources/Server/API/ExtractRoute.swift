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
  let gate: RestoreGate
  let maxPosesLimit: Int
  let space: DiskSpace
  let clock: @Sendable () -> Int64

  @Sendable func extract(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = Query(request)
    let maxPoses = try query.integer("maxPoses", in: 1...maxPosesLimit)
    let inclusion = try query.inclusion()
    try await space.requireRoom()
    return try await uploads.withUpload(request, context) { upload in
      let rows = try await intake(context).store(upload.image, fileName: upload.fileName) { onDetection in
        try await extract(upload.image, maxPoses: maxPoses ?? 1, context, onDetection)
      }
      guard !rows.isEmpty else { throw PoseVaultError(.noPersonFound, "No person was found in the picture.") }
      return Self.response(rows, all: maxPoses != nil, inclusion)
    }
  }

  /// A client that leaves while its picture waits makes room for others.
  private func extract(
    _ image: ByteBuffer, maxPoses: Int, _ context: APIContext,
    _ onDetection: @escaping @Sendable (PictureHeader) -> Void
  ) async throws -> Extraction {
    guard let client = context.client else {
      return try await extractor.extract(image, maxPoses: maxPoses, onDetection: onDetection)
    }
    return try await client.cancelWhenGone { [extractor] in
      try await extractor.extract(image, maxPoses: maxPoses, onDetection: onDetection)
    }
  }

  private func intake(_ context: APIContext) -> PictureIntake {
    PictureIntake(
      poses: poses, images: images, clock: clock,
      requireWhole: { [gate] in if let mark = await gate.mark() { throw mark.refusal } }
    ) { [logger = context.logger] id, error in
      logger.report(error, "A picture without a pose stays behind", level: .warning, metadata: ["image": "\(id)"])
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
