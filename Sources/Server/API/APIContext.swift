import Access
import Hummingbird
import Logging

/// What a route knows beside the request: its log, its id, the client's connection, and who sends it.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// As in the log.
  let requestID: String
  /// nil only where a test drives the router without a socket.
  let client: ClientConnection?
  /// Set by ``KeyMiddleware``; nil for one who has shown no key, or none that is right, where anybody may ask.
  var caller: Caller?

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    // Hummingbird's own `id` crashes where the log handler keeps no metadata
    requestID = source.logger[metadataKey: "hb.request.id"]?.description ?? RequestID().description
    client = ClientConnection.current
  }
}
