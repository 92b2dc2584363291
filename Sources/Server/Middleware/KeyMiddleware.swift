import Crypto
import HTTPTypes
import Hummingbird
import PoseCore

/// Wants the API key from every route under `/api` but health, where one is configured.
struct KeyMiddleware: RouterMiddleware {
  typealias Context = APIContext

  private let keyHash: SHA256.Digest?

  init(_ configuration: ServerConfiguration) {
    keyHash = configuration.apiKey.map { SHA256.hash(data: Array($0.utf8)) }
  }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard let keyHash, Self.isGuarded(request.uri.path) else { return try await next(request, context) }
    // digests are compared in constant time, and hide the key's length
    guard Self.keys(request).contains(where: { SHA256.hash(data: Array($0.utf8)) == keyHash }) else {
      throw PoseVaultError(
        .unauthorized, "The API key is missing or wrong. Send it as Authorization: Bearer … or as X-API-Key.")
    }
    return try await next(request, context)
  }

  private static func keys(_ request: Request) -> [String] {
    var keys: [String] = []
    if let words = request.headers[.authorization]?.split(separator: " "), words.count == 2,
      words[0].lowercased() == "bearer"
    {
      keys.append(String(words[1]))
    }
    if let key = request.headers[custom: "X-API-Key"] { keys.append(key) }
    return keys
  }

  /// Looks at the path as the router does: by its components, of which empty ones don't count.
  private static func isGuarded(_ path: String) -> Bool {
    let components = path.split(separator: "/")
    return components.first == "api" && !(components.count > 1 && components[1] == "health")
  }
}
