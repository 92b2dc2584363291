#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// `/api/session`: trades the API key for a cookie, so that a page's pictures and downloads work.
struct SessionRoutes: Sendable {
  let key: APIKey?
  let clock: @Sendable () -> Int64

  private static let maxBodyBytes = 4096

  @Sendable func show(_ request: Request, _ context: APIContext) -> Response {
    response(isActive: key?.admits(request.headers, at: clock()) ?? true)
  }

  @Sendable func open(_ request: Request, _ context: APIContext) async throws -> Response {
    guard let key else { return response(isActive: true) }
    var shown = APIKey.shown(in: request.headers)
    if shown.isEmpty { shown = [try await Self.key(in: request, context)] }
    guard shown.contains(where: key.matches) else { throw KeyMiddleware.refusal }
    return response(isActive: true, cookie: key.cookie.issued(at: clock()))
  }

  @Sendable func close(_ request: Request, _ context: APIContext) -> Response {
    response(isActive: key == nil, cookie: key?.cookie.forgotten)
  }

  private func response(isActive: Bool, cookie: String? = nil) -> Response {
    var headers: HTTPFields = [.cacheControl: "no-store"]
    headers[.setCookie] = cookie
    return .success(headers: headers) { json in
      json.object("data") { json in
        json.field("required", key != nil)
        json.field("active", isActive)
      }
    }
  }

  private struct Body: Decodable {
    var apiKey: String
  }

  private static func key(in request: Request, _ context: APIContext) async throws -> String {
    let tooLarge = PoseVaultError(.bodyTooLarge, "The body is larger than the \(maxBodyBytes) bytes allowed.")
    var body: [UInt8] = []
    for try await piece in try await request.boundedBody(maxBodyBytes, context, else: tooLarge) {
      body += piece.readableBytesView
    }
    body = JSONSyntax.withoutMark(body)
    if let fault = JSONSyntax.fault(ofBody: body) { throw PoseVaultError(.badRequest, "The body \(fault).") }
    do {
      return try JSONDecoder().decode(Body.self, from: Data(body)).apiKey
    } catch {
      throw PoseVaultError(.badRequest, #"Send the key as a header or as {"apiKey":"…"}."#)
    }
  }
}
