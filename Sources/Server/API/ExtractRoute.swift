import Access
import Crypto
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
  let keys: any UploadKeys
  let gate: StorageGate
  let maxPosesLimit: Int
  let space: DiskSpace
  let clock: @Sendable () -> Int64
  private let same = SameUploads()

  /// Those of the query.
  static let parameters = ["maxPoses", "include", "duplicate"]

  @Sendable func extract(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = Query(request)
    let form = AnswerForm(
      maxPoses: try query.integer("maxPoses", in: 1...maxPosesLimit), try query.inclusion(),
      skipsDuplicates: try query.choice("duplicate", of: ["skip", "add"]) == "skip")
    let key = try IdempotencyKey(request.headers, of: context.caller)
    try await space.requireRoom()
    return try await uploads.withUpload(of: request, in: context, parameters: Self.parameters) { upload in
      if let key { return try await store(upload, under: key, as: form, in: context) }
      return try await answer(to: upload, as: form, in: context)
    }
  }

  /// Stores a picture, unless it is stored already and its client wants it only once.
  private func answer(
    to upload: Upload, as form: AnswerForm, in context: APIContext,
    insert: (@Sendable ([NewPose]) async throws -> [PoseRecord])? = nil,
    known: () async throws -> Void = {}
  ) async throws -> Response {
    guard form.skipsDuplicates else {
      let rows = try await store(upload, as: form, in: context, insert: insert)
      return Self.response(form.answer(rows), of: rows)
    }
    var hash = SHA256()
    try await hash.update(picture: upload.image)
    let sha256 = Hexadecimal.text(hash.finalize())
    return try await same.takingTurns(sha256) {
      let rows = try await intake(context).poses(
        sha256: sha256, length: upload.image.readableBytes, fileName: upload.fileName, with: form.inclusion.parts)
      guard let best = rows.first else {
        let rows = try await store(upload, as: form, in: context, insert: insert)
        return Self.response(form.answer(rows), of: rows)
      }
      try await known()
      let mayRead = RouteRoles.may(context.caller?.role, .get, "/api/poses/:id")
      return .json(
        .ok, headers: [.location: "/api/poses/\(best.id)"], form.answer(known: mayRead ? rows : [], best: best))
    }
  }

  /// Stores a picture once, even if its client sends it again.
  private func store(
    _ upload: Upload, under key: IdempotencyKey, as form: AnswerForm, in context: APIContext
  ) async throws -> Response {
    let keyed = try await key.of(upload, form)
    do {
      switch try await keys.claim(keyed, at: clock()) {
      case .admitted: break
      case .recorded(let recorded): return Self.response(to: recorded, keyed, of: upload)
      case .underWay(let seconds): throw PoseVaultError.keyInUse(forSeconds: seconds)
      case .ofOther: throw PoseVaultError.keyReused
      }
      return try await answer(to: upload, as: form, in: context) { [keys, clock] poses in
        try await keys.insert(poses, for: keyed, at: clock()) { form.answer($0, fileName: keyed.key) }
      } known: { [keys] in
        // nothing was stored, so the key is free for what may be
        try await keys.release(keyed)
      }
    } catch let recorded as RecordedUpload {
      return Self.response(to: recorded, keyed, of: upload)
    } catch {
      // in a task of its own, because a client that has left may come back, too; where it fails, the key is free later
      await Task { [keys] in try? await keys.release(keyed) }.value
      throw error
    }
  }

  private func store(
    _ upload: Upload, as form: AnswerForm, in context: APIContext,
    insert: (@Sendable ([NewPose]) async throws -> [PoseRecord])? = nil
  ) async throws -> [PoseRecord] {
    let rows = try await intake(context).store(
      upload.image, fileName: upload.fileName, maxPoses: form.maxPoses ?? 1, insert: insert)
    guard !rows.isEmpty else { throw PoseVaultError(.noPersonFound, "No person was found in the picture.") }
    return rows
  }

  private func intake(_ context: APIContext) -> PictureIntake {
    PictureIntake(
      extractor: context.client.map { LeavableExtractor(extractor: extractor, client: $0) } ?? extractor, poses: poses,
      images: images, clock: clock,
      requireWhole: { [gate] in if let refusal = await gate.refusal() { throw refusal } }
    ) { [logger = context.logger] id, error in
      logger.report(error, "A picture without a pose was left behind", level: .warning, metadata: ["image": "\(id)"])
    }
  }

  private static func response(_ answer: [UInt8], of rows: [PoseRecord]) -> Response {
    guard let best = rows.first else {
      return .failure(PoseVaultError(.internal, "The storage returned no row."))
    }
    return .json(.created, headers: [.location: "/api/poses/\(best.id)"], answer)
  }

  /// The original response to the same upload.
  private static func response(to recorded: RecordedUpload, _ keyed: KeyedUpload, of upload: Upload) -> Response {
    let answer = AnswerForm.answer(recorded.answer, replacing: keyed.key, by: upload.fileName)
    var response = Response.json(.created, headers: [.location: "/api/poses/\(recorded.pose)"], answer)
    response.headers[custom: "Idempotent-Replayed"] = "true"
    return response
  }
}

/// How a client wants its upload answered.
struct AnswerForm: Sendable {
  /// nil if only the best pose is returned.
  let maxPoses: Int?
  let inclusion: PoseInclusion
  /// Whether a picture that is stored already is not stored again.
  let skipsDuplicates: Bool

  init(maxPoses: Int?, _ inclusion: PoseInclusion, skipsDuplicates: Bool = false) {
    self.maxPoses = maxPoses
    self.inclusion = inclusion
    self.skipsDuplicates = skipsDuplicates
  }

  /// The body of the response, with the best of `rows` first.
  ///
  /// - Parameter fileName: a placeholder for the file name, for responses that are kept.
  func answer(_ rows: [PoseRecord], fileName: String? = nil) -> [UInt8] {
    let rows = fileName.map { name in rows.map { $0.naming(name) } } ?? rows
    return body("Pose extracted successfully", of: rows.count) { json in
      guard let best = rows.first else { return }
      write(best, rows, &json)
    }
  }

  /// As ``answer(_:fileName:)``, for a picture that was stored before.
  ///
  /// - Parameter rows: none where the caller may not read poses.
  func answer(known rows: [PoseRecord], best: PoseRecord) -> [UInt8] {
    body("This picture is already stored", of: rows.count) { json in
      if rows.isEmpty {
        json.field("id", best.id)
        json.field("imageId", best.imageID)
      } else {
        write(best, rows, &json)
      }
      json.field("duplicate", true)
    }
  }

  private func body(_ message: String, of count: Int, _ data: (inout JSONWriter) -> Void) -> [UInt8] {
    var json = JSONWriter(capacity: 4096 * (count + 1))
    json.object { json in
      json.field("success", true)
      json.field("message", message)
      json.object("data", data)
    }
    return json.bytes
  }

  private func write(_ best: PoseRecord, _ rows: [PoseRecord], _ json: inout JSONWriter) {
    write(best, &json)
    guard maxPoses != nil else { return }
    json.array("poses") { json in
      for row in rows {
        json.object { write(row, &$0) }
      }
    }
  }

  /// An answer that was kept, with the name of the file, which the same upload has again.
  static func answer(_ kept: [UInt8], replacing place: String, by fileName: String?) -> [UInt8] {
    guard let name = PoseDetails(fileName: fileName).fileName else { return kept }
    var json = JSONWriter()
    json.value(name)
    return kept.replacing(Array("\"\(place)\"".utf8), with: json.bytes)
  }

  private func write(_ row: PoseRecord, _ json: inout JSONWriter) {
    json.field("id", row.id)
    json.field("imageId", row.imageID)
    row.writeKeypoints(inclusion, into: &json)
    json.field("createdAt", time: row.createdAt)
  }
}

extension PoseRecord {
  /// The same with a different file name, if it has one.
  fileprivate func naming(_ name: String) -> PoseRecord {
    guard details.fileName != nil else { return self }
    var row = self
    row.details = PoseDetails(
      score: details.score, pictureWidth: details.pictureWidth, pictureHeight: details.pictureHeight, fileName: name)
    return row
  }
}

/// A client that leaves while its picture waits makes way for others.
private struct LeavableExtractor: PoseExtractor {
  let extractor: any PoseExtractor
  let client: ClientConnection

  func extract(
    _ image: ByteBuffer, maxPoses: Int, onDetection: @escaping @Sendable (PictureHeader) -> Void
  ) async throws -> Extraction {
    try await client.cancelWhenGone { [extractor] in
      try await extractor.extract(image, maxPoses: maxPoses, onDetection: onDetection)
    }
  }
}
