import HTTPTypes
import Hummingbird
import Logging
import NIOCore
public import PoseCore

/// `/api/poses/{id}`: one pose: read, corrected, reverted, deleted.
struct PoseRoutes: Sendable {
  let poses: any PoseRepository
  let images: any ImageStore
  let trash: any TrashStore
  /// Whether deleted poses stay in the trash for a while.
  let usesTrash: Bool
  let eraser: any PictureEraser
  /// Drops what was drawn from a picture.
  let forget: @Sendable (ImageID) -> Void
  let address: PublicAddress
  let clock: @Sendable () -> Int64

  /// The longest body of a `PUT`, in bytes; 33 keypoints take about 3,000.
  static let maxBodyBytes = 64 * 1024

  @Sendable func show(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try Self.id(context)
    let inclusion = try Query(request).inclusion()
    guard let row = try await poses.find(id, with: inclusion.parts) else { throw Self.notFound(id) }
    let view = PoseView(row, base: address.base(for: request))
    let headers: HTTPFields = [.eTag: view.tag.text, .cacheControl: "private, no-cache"]
    if let known = request.headers[.ifNoneMatch], view.tag.matchesWeakly(known) {
      return .empty(.notModified, headers: headers)
    }
    let shown = view.json(inclusion)
    return .success(headers: headers, capacity: shown.count + 64) { json in
      json.key("data")
      json.splice(shown)
    }
  }

  @Sendable func update(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try Self.id(context)
    let inclusion = try Query(request).inclusion()
    let keypoints = KeypointsJSON.bytes(of: try KeypointsJSON.parse(body: try await Self.body(request, context)))
    let row = try await poses.update(
      id, keypoints: keypoints, at: clock(), with: inclusion.parts, if: condition(request))
    guard let row else { throw Self.notFound(id) }
    return changed("Pose updated successfully", row: row, with: inclusion, for: request)
  }

  @Sendable func revert(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try Self.id(context)
    let inclusion = try Query(request).inclusion()
    let row = try await poses.revert(id, at: clock(), with: inclusion.parts, if: condition(request))
    guard let row else { throw Self.notFound(id) }
    return changed("Pose reverted successfully", row: row, with: inclusion, for: request)
  }

  private func changed(
    _ message: String, row: PoseRecord, with inclusion: PoseInclusion, for request: Request
  ) -> Response {
    let view = PoseView(row, base: address.base(for: request))
    let shown = view.json(inclusion)
    return .success(headers: [.eTag: view.tag.text], capacity: shown.count + 128) { json in
      json.field("message", message)
      json.key("data")
      json.splice(shown)
    }
  }

  /// The row is removed first, then its picture, so that no row is ever left without one.
  @Sendable func delete(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try Self.id(context)
    let query = Query(request)
    let isForGood = try query.choice("erase", of: ["true", "false"]) == "true"
    let all = try query.choice("all", of: ["true", "false"]) == "true"
    if isForGood { return try await erase(id, all: all, request, context) }
    guard !all else {
      throw PoseVaultError(.badRequest, "all goes with erase=true.", details: ["parameter": "all"])
    }
    guard let row = try await poses.find(id) else { throw Self.notFound(id) }
    // fail now if pictures can't be reached: once its row is gone, nothing asks for a picture
    let image = if let image = ImageID(row.imageID) { try await images.find(image) } else { StoredImage?.none }
    if usesTrash {
      let length = image?.length ?? 0
      guard try await trash.discard(pose: id, length: length, at: clock(), if: condition(request)) != nil else {
        throw Self.notFound(id)
      }
    } else {
      try await deleteForGood(id, length: image?.length ?? 0, request, context)
    }
    return .success { json in
      json.field("message", "Pose deleted successfully")
    }
  }

  private func deleteForGood(
    _ id: Int, length: Int, _ request: Request, _ context: APIContext
  ) async throws {
    guard let deleted = try await poses.delete(id, if: condition(request)) else { throw Self.notFound(id) }
    if !deleted.imageIsShared, let image = ImageID(deleted.imageID) {
      do {
        // what was deleted before may show it, too, and can be brought back
        guard try await trash.trashed(among: [image]).isEmpty else { return }
        try await images.delete(image)
      } catch {
        context.logger.report(
          error, "The pose was deleted, its picture is removed later", level: .warning,
          metadata: ["image": "\(image)"])
        // where nobody sees it
        let left = StoredImage(id: image, length: length, uploadedAt: image.seconds, metadata: ImageMetadata())
        try? await trash.discard([left], for: .deleted, at: clock())
      }
    }
  }

  private func erase(_ id: Int, all: Bool, _ request: Request, _ context: APIContext) async throws -> Response {
    try context.require([])
    guard let report = try await eraser.erase(pose: id, all: all, if: condition(request)) else {
      throw Self.notFound(id)
    }
    if let picture = report.erasure.picture { forget(picture) }
    return .success(headers: [.cacheControl: "no-store"]) { json in
      json.field("message", "Picture erased")
      json.object("data") { report.writeFields(into: &$0) }
    }
  }

  /// Checks `If-Match` against the row that is about to change.
  private func condition(_ request: Request) -> PoseRepository.Condition {
    guard let wanted = request.headers[.ifMatch] else { return { _ in } }
    let base = address.base(for: request)
    return { row in
      guard PoseView(row, base: base).tag.matchesStrongly(wanted) else {
        throw PoseVaultError(.preconditionFailed, "The pose has changed since it was read. Read it again.")
      }
    }
  }

  private static func body(_ request: Request, _ context: APIContext) async throws -> [UInt8] {
    let tooLarge = PoseVaultError(
      .bodyTooLarge, "The body is larger than the \(maxBodyBytes / 1024) KB allowed.",
      details: ["maxBytes": String(maxBodyBytes)])
    var body: [UInt8] = []
    for try await piece in try await request.boundedBody(maxBodyBytes, context, else: tooLarge) {
      body += piece.readableBytesView
    }
    return body
  }

  static func id(_ context: APIContext) throws -> Int {
    guard let text = context.parameters.get("id"), let id = Query.integer(text), id > 0 else {
      throw PoseVaultError(.badRequest, "A pose's id is a whole number greater than 0.")
    }
    return id
  }

  static func notFound(_ id: Int) -> PoseVaultError {
    PoseVaultError(.notFound, "There is no pose \(id).")
  }
}

extension ErasureReport {
  /// As in the API.
  public func writeFields(into json: inout JSONWriter) {
    json.field("imageId", erasure.picture?.description)
    json.array("poses") { json in for pose in erasure.poses { json.value(pose) } }
    json.field("pictureRemoved", isPictureGone)
    json.array("archives") { json in
      for archive in archives {
        json.object { json in
          json.field("file", archive.path)
          json.field("host", archive.host)
          json.field("until", time: archive.until)
        }
      }
    }
    json.array("notes") { json in for note in notes { json.value(note) } }
  }
}
