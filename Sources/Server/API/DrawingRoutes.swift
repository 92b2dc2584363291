import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// Pictures drawn on request: `GET /api/poses/{id}/overlay`, `GET /api/images/{imageId}/thumbnail` and `…/rendition`.
struct DrawingRoutes: Sendable {
  let poses: any PoseRepository
  let images: any ImageStore
  let pictures: DrawnPictures

  private static let svg = "image/svg+xml"
  private static let png = "image/png"
  /// Drawn in one picture.
  private static let mostPeople = 100

  @Sendable func thumbnail(_ request: Request, _ context: APIContext) async throws -> Response {
    try await thumbnail(of: try ImageRoute.id(context), for: request, context)
  }

  func thumbnail(of id: ImageID, for request: Request, _ context: APIContext) async throws -> Response {
    let side = try Query(request).integer("size", in: 16...1024) ?? 256
    return try await upright(id, for: request, context, variant: "\(side)") { [pictures] in
      try await pictures.thumbnail(of: $0, side: side)
    }
  }

  /// The whole picture, rotated by the server: programs differ in which orientation they read from a file, and the
  /// position of a joint must not depend on the viewer.
  @Sendable func rendition(_ request: Request, _ context: APIContext) async throws -> Response {
    let side = try Query(request).integer("size", in: 16...DrawnPictures.longestSide) ?? DrawnPictures.longestSide
    return try await upright(try ImageRoute.id(context), for: request, context, variant: "rendition-\(side)") {
      [pictures] in
      try await pictures.rendition(of: $0, side: side)
    }
  }

  /// A stored picture as JPEG; `variant` distinguishes its forms, since their tags must differ.
  private func upright(
    _ id: ImageID, for request: Request, _ context: APIContext, variant: String,
    draw: @escaping @Sendable (StoredImage) async throws -> ByteBuffer
  ) async throws -> Response {
    guard let image = try await images.find(id) else { throw DrawnPictures.notFound(id) }
    let tag = EntityTag(sha256: "\(ImageRoute.fingerprint(image))-\(variant)")
    var headers: HTTPFields = [
      .eTag: tag.text, .cacheControl: ImageCaching.field, .xContentTypeOptions: "nosniff",
    ]
    if let known = request.headers[.ifNoneMatch], tag.matchesWeakly(known) {
      return .empty(.notModified, headers: headers)
    }
    headers[.contentType] = "image/jpeg"
    let drawn = try await whileClientWaits(context) { try await draw(image) }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: drawn))
  }

  /// Drawing takes long enough for a client to leave; work that is no longer needed makes way for others.
  private func whileClientWaits(
    _ context: APIContext, _ draw: @escaping @Sendable () async throws -> ByteBuffer
  ) async throws -> ByteBuffer {
    guard let client = context.client else { return try await draw() }
    return try await client.cancelWhenGone(draw)
  }

  @Sendable func overlay(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try PoseRoutes.id(context)
    let query = Query(request)
    let side = try query.integer("size", in: 16...4096) ?? 2048
    let drawsAll = try query.choice("people", of: ["one", "all"]) == "all"
    let type = Accept(request.headers[.accept]).preferred(of: [Self.png, Self.svg]) ?? Self.png
    guard let row = try await poses.find(id, with: .details) else { throw PoseRoutes.notFound(id) }
    let others = drawsAll ? try await self.others(beside: row) : []
    let tag = EntityTag(
      hashOf: ([row] + others).flatMap(\.keypoints) + Array("\(row.imageID) \(type) \(side)".utf8))
    var headers: HTTPFields = [
      .eTag: tag.text, .cacheControl: "private, no-cache", .vary: "Accept", .xContentTypeOptions: "nosniff",
    ]
    if let known = request.headers[.ifNoneMatch], tag.matchesWeakly(known) {
      return .empty(.notModified, headers: headers)
    }
    guard let keypoints = KeypointsJSON.read(row.keypoints) else {
      throw PoseVaultError(
        .unsupportedImage, "The pose \(id) has no skeleton to draw: it doesn't hold the 33 landmarks.")
    }
    guard let imageID = ImageID(row.imageID), let image = try await images.find(imageID) else {
      throw PoseVaultError(.notFound, "The picture of pose \(id) is missing.")
    }
    headers[.contentType] = type
    let people = [keypoints] + others.compactMap { KeypointsJSON.read($0.keypoints) }
    let drawn = try await whileClientWaits(context) { [pictures] in
      type == Self.svg
        ? try await pictures.skeletons(people, over: image, row.details)
        : try await pictures.overlay(on: image, people, side: side)
    }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: drawn))
  }

  /// The other people of its picture, the best first.
  private func others(beside row: PoseRecord) async throws -> [PoseRecord] {
    guard let picture = ImageID(row.imageID) else { return [] }
    let rows = try await poses.list(
      .after(.max, limit: Self.mostPeople), of: PoseFilter(imageID: picture), with: [])
    return rows.reversed().filter { $0.id != row.id }
  }
}
