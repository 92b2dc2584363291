import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// `GET /api/images/{imageId}`: a picture's bytes as they were stored, whole or in part.
struct ImageRoute: Sendable {
  let images: any ImageStore

  @Sendable func show(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try Self.id(context)
    guard let image = try await images.find(id) else { throw DrawnPictures.notFound(id) }
    let tag = EntityTag(sha256: Self.fingerprint(image))
    var headers: HTTPFields = [
      .eTag: tag.text,
      .lastModified: Timestamp.http(image.uploadedAt),
      .acceptRanges: "bytes",
      .cacheControl: "private, max-age=31536000, immutable",
      .xContentTypeOptions: "nosniff",
    ]
    if Self.isKnown(tag, image, to: request) { return .empty(.notModified, headers: headers) }

    let field = Self.rangeHolds(tag, image, for: request) ? request.headers[.range] : nil
    let range = ByteRange(request.method == .get ? field : nil, length: image.length)
    guard range != .unsatisfiable else {
      headers = [.contentRange: "bytes */\(image.length)", .acceptRanges: "bytes"]
      let error = PoseVaultError(.rangeNotSatisfiable, "The picture has only \(image.length) bytes.")
      return .failure(error, headers: headers)
    }
    headers[.contentType] = try await contentType(of: image)
    guard case .part(let part) = range else {
      return try await response(.ok, headers, image, nil, request)
    }
    headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(image.length)"
    return try await response(.partialContent, headers, image, part, request)
  }

  private func response(
    _ status: HTTPResponse.Status, _ headers: HTTPFields, _ image: StoredImage, _ part: Range<Int>?,
    _ request: Request
  ) async throws -> Response {
    let length = part?.count ?? image.length
    if request.method == .head {
      return Response(
        status: status, headers: headers, body: ResponseBody(contentLength: length) { try await $0.finish(nil) })
    }
    guard let bytes = try await images.read(image.id, range: part) else { throw DrawnPictures.notFound(image.id) }
    return Response(
      status: status, headers: headers,
      body: ResponseBody(contentLength: length) { writer in
        for try await piece in bytes { try await writer.write(piece) }
        try await writer.finish(nil)
      })
  }

  /// As stored, else told by the first bytes: pictures of an older installation may have none.
  private func contentType(of image: StoredImage) async throws -> String {
    if let type = image.metadata.contentType, type.hasPrefix("image/") { return type }
    guard image.length > 0, let bytes = try await images.read(image.id, range: 0..<min(12, image.length)) else {
      return "application/octet-stream"
    }
    var start: [UInt8] = []
    for try await piece in bytes { start += piece.readableBytesView }
    return ImageFormat(startingWith: start)?.contentType ?? "application/octet-stream"
  }

  static func id(_ context: APIContext) throws -> ImageID {
    guard let id = context.parameters.get("imageId").flatMap({ ImageID($0) }) else {
      throw PoseVaultError(.badRequest, "A picture's id has 24 hexadecimal digits.")
    }
    return id
  }

  /// Pictures stored by others carry no hash; they never change either.
  static func fingerprint(_ image: StoredImage) -> String {
    image.metadata.sha256 ?? "\(image.id)-\(image.length)"
  }

  private static func isKnown(_ tag: EntityTag, _ image: StoredImage, to request: Request) -> Bool {
    if let known = request.headers[.ifNoneMatch] { return tag.matchesWeakly(known) }
    guard let since = request.headers[.ifModifiedSince].flatMap(HTTPDate.parse) else { return false }
    return image.uploadedAt <= since
  }

  /// `If-Range` asks for the range only of the very picture that the client has a part of.
  private static func rangeHolds(_ tag: EntityTag, _ image: StoredImage, for request: Request) -> Bool {
    guard let condition = request.headers[.ifRange] else { return true }
    if condition.contains("\"") { return condition == tag.text }
    return HTTPDate.parse(condition) == image.uploadedAt
  }
}
