import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// A request's body that fails when it grows beyond a limit, and at its end where who sends it may not any more: a body
/// may take minutes.
struct BoundedBody: AsyncSequence {
  let body: RequestBody
  let limit: Int
  let error: PoseVaultError
  let context: APIContext

  struct AsyncIterator: AsyncIteratorProtocol {
    var base: RequestBody.AsyncIterator
    var left: Int
    let error: PoseVaultError
    let context: APIContext

    mutating func next() async throws -> ByteBuffer? {
      guard let piece = try await base.next() else {
        try await context.recheckCaller()
        return nil
      }
      left -= piece.readableBytes
      guard left >= 0 else { throw error }
      return piece
    }
  }

  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(base: body.makeAsyncIterator(), left: limit, error: error, context: context)
  }
}

extension Request {
  /// The body, refused at once if its announced length exceeds `limit`; only then is a client that waits for `100
  /// Continue` told to send it. A compressed body (`Content-Encoding`) is refused with a message that names the
  /// encoding.
  func boundedBody(_ limit: Int, _ context: APIContext, else error: PoseVaultError) async throws -> BoundedBody {
    try PoseVaultError.requireIdentity(headers[values: .contentEncoding], "The request's Content-Encoding")
    if let announced = headers[.contentLength].flatMap(Int.init), announced > limit { throw error }
    if headers[.expect] != nil { try await context.client?.sendContinue() }
    return BoundedBody(body: body, limit: limit, error: error, context: context)
  }
}
