import HTTPTypes
import Hummingbird
import PoseCore

/// Bytes that never change for as long as they exist, returned in full or in part (RFC 9110, sections 13 and 14).
struct StoredBytes: Sendable {
  /// What they are, for a person, such as "picture".
  let what: String
  let tag: EntityTag
  /// In seconds since 1970.
  let storedAt: Int64
  /// In bytes.
  let length: Int

  /// Responds with 200, 206, 304 or 416.
  ///
  /// - Parameters:
  ///   - headers: the fields of 200, 206 and 304 besides those that follow from the bytes.
  ///   - body: returns the body for that range, the whole if nil; only called if it is sent.
  func response(
    to request: Request, headers: HTTPFields, contentType: () async throws -> String,
    body: (Range<Int>?) async throws -> ResponseBody
  ) async throws -> Response {
    var headers = headers
    headers[.eTag] = tag.text
    headers[.lastModified] = Timestamp.http(storedAt)
    headers[.acceptRanges] = "bytes"
    headers[.xContentTypeOptions] = "nosniff"
    if isKnown(to: request) { return .empty(.notModified, headers: headers) }

    let field = request.method == .get && rangeHolds(for: request) ? request.headers[.range] : nil
    var part: Range<Int>?
    switch ByteRange(field, length: length) {
    case .whole: break
    case .part(let range):
      part = range
      headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
    case .unsatisfiable:
      return .failure(
        PoseVaultError(.rangeNotSatisfiable, "The \(what) has only \(length) bytes."),
        headers: [.contentRange: "bytes */\(length)", .acceptRanges: "bytes"])
    }
    headers[.contentType] = try await contentType()
    let sent =
      request.method == .head
      ? ResponseBody(contentLength: length) { try await $0.finish(nil) } : try await body(part)
    return Response(status: part == nil ? .ok : .partialContent, headers: headers, body: sent)
  }

  private func isKnown(to request: Request) -> Bool {
    if let known = request.headers[.ifNoneMatch] { return tag.matchesWeakly(known) }
    guard let since = request.headers[.ifModifiedSince].flatMap(HTTPDate.parse) else { return false }
    return storedAt <= since
  }

  /// `If-Range` requests the range only if the bytes are those that the client has a part of.
  private func rangeHolds(for request: Request) -> Bool {
    guard let condition = request.headers[.ifRange] else { return true }
    if condition.contains("\"") { return condition == tag.text }
    return HTTPDate.parse(condition) == storedAt
  }
}
