import Hummingbird
import NIOCore
import PoseCore

/// Reads pictures from requests, from a form field `image` or as the whole body.
struct UploadReader: Sendable {
  private let maxBytes: Int
  private let budget: Budget
  private let underWay: UploadsUnderWay

  init(_ configuration: ServerConfiguration) {
    maxBytes = configuration.maxUploadBytes
    budget = Budget(
      "uploads", capacity: configuration.maxUploadBytesInFlight, maxWaiting: 0, waitLimit: .zero)
    underWay = UploadsUnderWay(grace: configuration.uploadGrace)
  }

  /// Runs `body` with the picture, whose bytes count against the budget until it returns.
  ///
  /// - Parameter parameters: of the route's query, which may not be form fields.
  func withUpload<Value: Sendable>(
    of request: Request, in context: APIContext, parameters: [String] = [],
    _ body: (Upload) async throws -> Value
  ) async throws -> Value {
    let boundary = try Self.boundary(of: request)
    // of a form, its parts have their own
    if boundary == nil, let encoding = request.headers[custom: "Content-Transfer-Encoding"],
      !["", "7bit", "8bit", "binary"].contains(encoding.lowercased())
    {
      throw PoseVaultError.unsupportedEncoding("The request's Content-Transfer-Encoding", encoding)
    }
    let limit = boundary == nil ? maxBytes : maxBytes + UploadCollector.multipartAllowance
    var collector = UploadCollector(boundary: boundary, maxBytes: maxBytes, parameters: parameters, budget: budget)
    let tooLarge = PoseVaultError.pictureTooLarge(maxBytes: maxBytes)
    let upload = try await receive(
      try await request.boundedBody(limit, context, else: tooLarge), into: &collector, from: context.client)
    let value = try await body(upload)
    extendLifetime(collector)
    return value
  }

  private func receive(
    _ body: BoundedBody, into collector: inout UploadCollector, from client: ClientConnection?
  ) async throws -> Upload {
    let id = underWay.begin(client)
    defer { underWay.end(id) }
    for try await piece in body {
      try await makeRoom(for: piece.readableBytes, in: &collector, id)
      try collector.add(piece)
      underWay.holds(id, bytes: collector.image.readableBytes)
    }
    return try collector.finish()
  }

  /// If memory is short, an upload that has been arriving for a long time is given up for this one.
  private func makeRoom(for bytes: Int, in collector: inout UploadCollector, _ id: Int) async throws {
    var isPromised = false
    for _ in 0..<100 {
      do {
        return try collector.reserve(bytes)
      } catch {
        if !isPromised { isPromised = underWay.giveOneUp(for: id) }
        guard isPromised else { throw error }
        // its task has to notice
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    try collector.reserve(bytes)
  }

  /// nil if the body is not a form; then it is treated as the picture itself, whatever type it claims.
  private static func boundary(of request: Request) throws -> String? {
    let type = HeaderParameters(request.headers[.contentType] ?? "")
    guard type.value.hasPrefix("multipart/") else { return nil }
    guard type.value == "multipart/form-data" else {
      throw PoseVaultError(.badRequest, "Send the picture as multipart/form-data or as the body itself.")
    }
    guard let boundary = MultipartBoundary.parse(type) else {
      throw PoseVaultError(
        .badRequest, "The Content-Type has no valid boundary: 1 to 70 characters as RFC 2046 allows.")
    }
    return boundary
  }
}

/// A picture as a client sent it.
struct Upload {
  var image: ByteBuffer
  /// The last component of the client's name for it, if there is one.
  var fileName: String?
}
