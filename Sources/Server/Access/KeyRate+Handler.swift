import Access
import Hummingbird

extension KeyRate {
  /// The handler, for as often as the caller's key allows.
  func limiting(
    _ handler: @escaping @Sendable (Request, APIContext) async throws -> Response
  ) -> @Sendable (Request, APIContext) async throws -> Response {
    { request, context in
      if let caller = context.caller { try self.take(caller, at: .now) }
      return try await handler(request, context)
    }
  }
}
