#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Hummingbird
import NIOCore
import PoseCore

extension Request {
  /// The body as a JSON value.
  ///
  /// Throws ``PoseVaultError`` with `bodyTooLarge`, or with `badRequest` for invalid JSON or a different value.
  ///
  /// - Parameters:
  ///   - limit: in bytes.
  ///   - expected: what should have been sent, as a sentence for the client.
  func jsonBody<Value: Decodable>(
    _ type: Value.Type, limit: Int, _ context: APIContext, expected: String
  ) async throws -> Value {
    let tooLarge = PoseVaultError(.bodyTooLarge, "The body is larger than the \(limit) bytes allowed.")
    var body: [UInt8] = []
    for try await piece in try await boundedBody(limit, context, else: tooLarge) { body += piece.readableBytesView }
    body = JSONSyntax.withoutMark(body)
    if let fault = JSONSyntax.fault(ofBody: body) { throw PoseVaultError(.badRequest, "The body \(fault).") }
    do {
      return try JSONDecoder().decode(Value.self, from: Data(body))
    } catch let error as PoseVaultError {
      throw error
    } catch {
      throw PoseVaultError(.badRequest, expected)
    }
  }
}
