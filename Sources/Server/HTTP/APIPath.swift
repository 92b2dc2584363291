import Hummingbird

extension Request {
  /// The path as the router sees it: its components, without empty ones.
  var pathComponents: [Substring] { uri.path.split(separator: "/") }

  /// Whether it is for something under `/api`.
  var isForAPI: Bool { pathComponents.first == "api" }

  /// Whether it asks for the server's health.
  var isForHealth: Bool { isForAPI && pathComponents.dropFirst().first == "health" }
}
