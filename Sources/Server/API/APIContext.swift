import Hummingbird
import Logging

/// What a route knows beside the request: its log, its id, and the client's connection.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// As in the log.
  let requestID: String
  /// nil only where a test drives the router without a socket.
  let client: ClientConnection?

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    // Hummingbird's own `id` crashes where the log handler keeps no metadata
    requestID = source.logger[metadataKey: "hb.request.id"]?.description ?? RequestID().description
    client = ClientConnection.current
  }
}
