import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// Pictures drawn on request: `GET /api/poses/{id}/overlay` and `GET /api/images/{imageId}/thumbnail`.
struct DrawingRoutes: Sendable {
  let poses: any PoseRepository
  let images: any ImageStore
  let pictures: DrawnPictures

  private static let svg = "image/svg+xml"
  private static let png = "image/png"

  @Sendable func thumbnail(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try ImageRoute.id(context)
    let side = try Query(request).integer("size", in: 16...1024) ?? 256
    guard let image = try await images.find(id) else { throw DrawnPictures.notFound(id) }
    let tag = EntityTag(sha256: "\(ImageRoute.fingerprint(image))-\(side)")
    var headers: HTTPFields = [
      .eTag: tag.text, .cacheControl: ImageCaching.field, .xContentTypeOptions: "nosniff",
    ]
    if let known = request.headers[.ifNoneMatch], tag.matchesWeakly(known) {
      return .empty(.notModified, headers: headers)
    }
    headers[.contentType] = "image/jpeg"
    let drawn = try await pictures.thumbnail(of: image, side: side)
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: drawn))
  }

  @Sendable func overlay(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try PoseRoutes.id(context)
    let side = try Query(request).integer("size", in: 16...4096) ?? 2048
    let type = Accept(request.headers[.accept]).preferred(of: [Self.png, Self.svg]) ?? Self.png
    guard let row = try await poses.find(id, with: .details) else { throw PoseRoutes.notFound(id) }
    let tag = EntityTag(hashOf: row.keypoints + Array("\(row.imageID) \(type) \(side)".utf8))
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
      throw PoseVaultError(.notFound, "The picture of pose \(id) is not there.")
    }
    headers[.contentType] = type
    let drawn =
      type == Self.svg
      ? try await pictures.skeleton(keypoints, over: image, row.details)
      : try await pictures.overlay(on: image, keypoints, side: side)
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: drawn))
  }
}
