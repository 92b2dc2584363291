import Hummingbird

extension Request {
  /// The path as the router sees it: by its components, of which empty ones don't count.
  var pathComponents: [Substring] { uri.path.split(separator: "/") }

  /// Whether it asks for something under `/api`.
  var isForAPI: Bool { pathComponents.first == "api" }

  /// Whether it asks how the server is.
  var isForHealth: Bool { isForAPI && pathComponents.dropFirst().first == "health" }
}
