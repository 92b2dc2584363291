import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// `GET /api/images/{imageId}`: a picture's bytes as stored, in full or in part.
struct ImageRoute: Sendable {
  let images: any ImageStore

  @Sendable func show(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try Self.id(context)
    guard let image = try await images.find(id) else { throw DrawnPictures.notFound(id) }
    let bytes = StoredBytes(
      what: "picture", tag: EntityTag(sha256: Self.fingerprint(image)), storedAt: image.uploadedAt,
      length: image.length)
    // told before a 304 too, which may renew the fields of what a browser has kept
    let format = try await format(of: image)
    var headers: HTTPFields = [.cacheControl: ImageCaching.field]
    if format == nil { headers[.contentDisposition] = "attachment; filename=\"\(id)\"" }
    return try await bytes.response(to: request, headers: headers) {
      format?.contentType ?? "application/octet-stream"
    } body: { part in
      guard let pieces = try await images.read(id, range: part) else { throw DrawnPictures.notFound(id) }
      return ResponseBody(contentLength: part?.count ?? image.length) { writer in
        for try await piece in pieces { try await writer.write(piece) }
        try await writer.finish(nil)
      }
    }
  }

  /// Detected from the first bytes, whatever type was stored: others may have stored anything under any type, and a
  /// browser runs what it takes for a page or an SVG. nil for unsupported formats; such a file is saved rather than
  /// displayed.
  private func format(of image: StoredImage) async throws -> ImageFormat? {
    guard image.length > 0,
      let bytes = try await images.read(image.id, range: 0..<min(ImageFormat.startLength, image.length))
    else {
      return nil
    }
    var start: [UInt8] = []
    for try await piece in bytes { start += piece.readableBytesView }
    return ImageFormat(startingWith: start)
  }

  static func id(_ context: APIContext) throws -> ImageID {
    guard let id = context.parameters.get("imageId").flatMap({ ImageID($0) }) else {
      throw PoseVaultError(.badRequest, "A picture's id has 24 hexadecimal digits.")
    }
    return id
  }

  /// Pictures stored by others have no hash, but never change either.
  static func fingerprint(_ image: StoredImage) -> String {
    image.metadata.sha256 ?? "\(image.id)-\(image.length)"
  }
}
