import Access
import Hummingbird
import Logging
import Synchronization

/// What a route knows besides the request: its log, its id, the client's connection, and who sent it.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// As in the log.
  let requestID: String
  /// nil only if a test drives the router without a socket.
  let client: ClientConnection?
  /// Shared by all copies, so that the outer request log knows what was determined inside.
  private let identity = Identity()

  /// Determined by ``KeyMiddleware``; nil if no key was sent, or an invalid one, on a route that needs none.
  var caller: Caller? { identity.caller.withLock { $0 } }

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    // Hummingbird's own `id` crashes where the log handler keeps no metadata
    requestID = source.logger[metadataKey: "hb.request.id"]?.description ?? RequestID().description
    client = ClientConnection.current
  }

  func identify(_ caller: Caller) { identity.caller.withLock { $0 = caller } }

  /// - Parameter check: throws where the caller may not go on; see ``recheckCaller()``.
  func identify(_ caller: Caller, recheck check: @escaping @Sendable () async throws -> Void) {
    identify(caller)
    identity.check.withLock { $0 = check }
  }

  /// Throws where who sends the request may not any more: his key may have been revoked, or the first key made, since
  /// the request began.
  func recheckCaller() async throws {
    let check = identity.check.withLock { $0 }
    try await check?()
  }

  private final class Identity: Sendable {
    let caller = Mutex<Caller?>(nil)
    let check = Mutex<(@Sendable () async throws -> Void)?>(nil)
  }
}
