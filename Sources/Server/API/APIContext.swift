import Access
import Hummingbird
import Logging
import Synchronization

/// What a route knows beside the request: its log, its id, the client's connection, and who sends it.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// As in the log.
  let requestID: String
  /// nil only where a test drives the router without a socket.
  let client: ClientConnection?
  /// Shared by all copies, so that who logs the request outside knows what was found out inside.
  private let identity = Identity()

  /// Found out by ``KeyMiddleware``; nil for one who has shown no key, or none that is right, where anybody may ask.
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
