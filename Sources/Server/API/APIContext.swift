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

  private final class Identity: Sendable {
    let caller = Mutex<Caller?>(nil)
  }
}
