import Access
import Hummingbird

extension KeyRate {
  /// The handler, limited to the rate of the caller's key.
  func limiting(
    _ handler: @escaping @Sendable (Request, APIContext) async throws -> Response
  ) -> @Sendable (Request, APIContext) async throws -> Response {
    { request, context in
      if let caller = context.caller { try self.take(caller, at: .now) }
      return try await handler(request, context)
    }
  }
}
