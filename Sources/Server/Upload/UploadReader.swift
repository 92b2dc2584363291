import Hummingbird
import NIOCore
import PoseCore

/// Reads pictures from requests, as a form's field `image` or as the whole body.
struct UploadReader: Sendable {
  private let maxBytes: Int
  private let budget: Budget

  init(_ configuration: ServerConfiguration) {
    maxBytes = configuration.maxUploadBytes
    budget = Budget(
      "uploads", capacity: configuration.maxUploadBytesInFlight, maxWaiting: 0, waitLimit: .zero)
  }

  /// Runs `body` with the picture, whose bytes count against the budget until it returns.
  func withUpload<Value: Sendable>(
    _ request: Request, _ context: APIContext, _ body: (Upload) async throws -> Value
  ) async throws -> Value {
    let boundary = try Self.boundary(of: request)
    let limit = boundary == nil ? maxBytes : maxBytes + UploadCollector.multipartAllowance
    var collector = UploadCollector(boundary: boundary, maxBytes: maxBytes, budget: budget)
    let tooLarge = PoseVaultError.pictureTooLarge(maxBytes: maxBytes)
    for try await piece in try await request.boundedBody(limit, context, else: tooLarge) {
      try collector.add(piece)
    }
    let upload = try collector.finish()
    let value = try await body(upload)
    extendLifetime(collector)
    return value
  }

  /// nil when the body is no form; then it is taken for the picture itself, whatever type it claims.
  private static func boundary(of request: Request) throws -> String? {
    let type = HeaderParameters(request.headers[.contentType] ?? "")
    guard type.value.hasPrefix("multipart/") else { return nil }
    guard type.value == "multipart/form-data" else {
      throw PoseVaultError(.badRequest, "Send the picture as multipart/form-data or as the body itself.")
    }
    guard let boundary = MultipartBoundary.parse(type) else {
      throw PoseVaultError(
        .badRequest, "The Content-Type names no usable boundary: 1 to 70 characters as RFC 2046 allows.")
    }
    return boundary
  }
}
