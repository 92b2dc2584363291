import Hummingbird
import Logging

/// What a route knows beside the request: its log, its id, and the client's connection.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// nil only where a test drives the router without a socket.
  let client: ClientConnection?

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    client = ClientConnection.current
  }
}
