import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

/// What people are told of.
private let toldRoutes = [
  "GET /api/poses", "GET /api/poses/9", "GET /api/poses/9/overlay", "GET /api/images/9",
  "GET /api/images/9/thumbnail", "GET /api/images/9/rendition", "POST /api/extract-pose", "PUT /api/poses/9",
  "POST /api/poses/9/revert", "DELETE /api/poses/9", "DELETE /api/poses/9?erase=true", "GET /api/poses/export",
  "GET /metrics", "POST /api/backup/trigger", "GET /api/backups", "GET /api/backups/9",
  "GET /api/backups/9/download", "POST /api/backups/9/accept", "GET /api/trash", "DELETE /api/trash",
  "DELETE /api/trash/9", "POST /api/trash/9/restore", "GET /api/trash/9/thumbnail", "GET /api/keys",
  "POST /api/keys", "DELETE /api/keys/9", "GET /api/audit", "GET /api/sessions",
]

@Suite("Who may do what")
struct RoleTests {
  private struct Route {
    let method: HTTPRequest.Method
    let path: String
    /// As the description names them; nil where no key is needed.
    let roles: Set<String>?
  }

  private static func routes() throws -> [Route] {
    let file = try #require(PageFile.all().first { $0.path == "/api/openapi.json" })
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(file.bytes.readableBytesView)) as? [String: Any])
    let paths = try #require(json["paths"] as? [String: [String: Any]])
    return try paths.flatMap { path, methods in
      try methods.compactMap { word, operation -> Route? in
        guard word != "parameters" else { return nil }
        let operation = try #require(operation as? [String: Any])
        return Route(
          method: try #require(HTTPRequest.Method(word.uppercased())), path: path,
          roles: (operation["x-roles"] as? [String]).map { Set($0) })
      }
    }
  }

  private static func send(
    _ route: Route, _ key: String?, _ client: any TestClientProtocol
  ) async throws -> TestResponse {
    let path = route.path.replacing(/{\w+}/, with: "999")
    return try await client.send(
      route.method, path, headers: key.map { [.authorization: "Bearer \($0)"] } ?? [:], body: "{}")
  }

  @Test("each route is open to the roles that the description names, and to no other; without a key, to nobody")
  func description() async throws {
    let routes = try Self.routes()
    let access = MemoryAccess()
    var keys: [(role: AccessRole, text: String)] = []
    for role in AccessRole.allCases { keys.append((role, try await access.make(role))) }
    let holders = keys
    // not on loopback, where /metrics is open
    try await withRoutes(MemoryStorage(), access: access, configure: { $0.host = "0.0.0.0" }) { client in
      var checked = 0
      for route in routes {
        let named = "\(route.method) \(route.path)"
        let isOpen = route.path == "/api/session" || route.path.hasPrefix("/api/health")
        #expect(isOpen == (route.roles == nil && route.path != "/metrics"), "\(named)")
        guard !isOpen else { continue }
        let roles = try #require(route.roles, "\(named)")
        #expect(roles.contains("owner"), "\(named)")
        #expect(try await Self.send(route, nil, client).status == .unauthorized, "\(named)")
        for (role, key) in holders {
          let answer = try await Self.send(route, key, client)
          #expect(answer.status != .unauthorized, "\(role) \(named)")
          let isRefused = answer.status == .forbidden
          #expect(isRefused == !roles.contains(role.rawValue), "\(role) \(named)")
          if isRefused {
            #expect(answer.errorCode == "FORBIDDEN")
            #expect(
              ((answer.json["error"] as? [String: Any])?["details"] as? [String: String])?["role"] == role.rawValue)
          }
          checked += 1
        }
      }
      #expect(checked > 100)
    }
  }

  /// As the documentation puts it, route by route; the description is not asked.
  @Test(
    "a role opens what people are told",
    arguments: [
      (
        AccessRole.viewer,
        [
          "GET /api/poses", "GET /api/poses/9", "GET /api/poses/9/overlay", "GET /api/images/9",
          "GET /api/images/9/thumbnail", "GET /api/images/9/rendition", "GET /api/sessions",
        ]
      ),
      (.uploader, ["POST /api/extract-pose", "GET /api/sessions"]),
      (
        .editor,
        [
          "GET /api/poses", "GET /api/poses/9", "GET /api/poses/9/overlay", "GET /api/images/9",
          "GET /api/images/9/thumbnail", "GET /api/images/9/rendition", "GET /api/sessions", "POST /api/extract-pose",
          "PUT /api/poses/9", "POST /api/poses/9/revert", "DELETE /api/poses/9", "GET /api/poses/export",
        ]
      ),
      (.monitor, ["GET /metrics", "GET /api/sessions"]),
      (
        .operator,
        ["GET /metrics", "GET /api/sessions", "POST /api/backup/trigger", "GET /api/backups", "GET /api/backups/9"]
      ),
      (.owner, toldRoutes),
    ] as [(AccessRole, [String])])
  func told(role: AccessRole, opened: [String]) async throws {
    let access = MemoryAccess()
    let key = try await access.make(role)
    try await withRoutes(MemoryStorage(), access: access, configure: { $0.host = "0.0.0.0" }) { client in
      for line in toldRoutes {
        let words = line.split(separator: " ").map(String.init)
        let answer = try await client.send(
          try #require(HTTPRequest.Method(words[0])), words[1], headers: [.authorization: "Bearer \(key)"], body: "{}")
        #expect((answer.status == .forbidden) == !opened.contains(line), "\(role) \(line)")
      }
    }
  }

  @Test("a route that the table lacks is the owner's alone")
  func unlisted() {
    #expect(RouteRoles.of(.get, "/api/forgotten") == [])
    #expect(RouteRoles.of(.patch, "/api/poses/:id") == [])
    #expect(RouteRoles.of(.get, "/app/main.js") == nil)
  }

  @Test("HEAD is for those who may GET, and what is not there is told to every key")
  func others() async throws {
    let access = MemoryAccess()
    let uploader = try await access.make(.uploader)
    let viewer = try await access.make(.viewer)
    try await withRoutes(MemoryStorage(), access: access) { client in
      for (key, status) in [(uploader, HTTPResponse.Status.forbidden), (viewer, .ok)] {
        let headers: HTTPFields = [.authorization: "Bearer \(key)"]
        let head = try await client.send(.head, "/api/poses", headers: headers)
        #expect(head.status == status)
        #expect(try await client.send(.get, "/api/nothing", headers: headers).status == .notFound)
        #expect(try await client.send(.patch, "/api/poses", headers: headers).status == .methodNotAllowed)
      }
    }
  }

  @Test("health tells details to monitors, operators and owners; to others its contract's fields")
  func health() async throws {
    let access = MemoryAccess()
    var keys: [(AccessRole?, String?)] = [(nil, nil)]
    for role in AccessRole.allCases { keys.append((role, try await access.make(role))) }
    let holders = keys
    try await withRoutes(MemoryStorage(), access: access, configure: { $0.warnings = ["a door is open"] }) { client in
      for (role, key) in holders {
        let answer = try await client.send(
          .get, "/api/health", headers: key.map { [.authorization: "Bearer \($0)"] } ?? [:])
        #expect(answer.status == .ok)
        let knows = [.monitor, .operator, .owner].contains(role)
        #expect((answer.json["warnings"] != nil) == knows, "\(role as Any)")
        let backup = try #require(answer.json["backup"] as? [String: Any])
        #expect((backup["troubles"] != nil) == knows)
        #expect(backup["inTrouble"] != nil && answer.json["mysql"] != nil)
      }
    }
  }

  @Test("/metrics is open on loopback, also where keys are; elsewhere it wants a monitor's key, unless it is public")
  func metrics() async throws {
    let access = MemoryAccess()
    let monitor = try await access.make(.monitor)
    let viewer = try await access.make(.viewer)
    for (host, isPublic, without) in [
      ("127.0.0.1", false, HTTPResponse.Status.ok), ("0.0.0.0", false, .unauthorized), ("0.0.0.0", true, .ok),
    ] {
      try await withRoutes(
        MemoryStorage(), access: access,
        configure: {
          $0.host = host
          $0.isMetricsPublic = isPublic
        }
      ) { client in
        #expect(try await client.send(.get, "/metrics").status == without)
        let shown = try await client.send(.get, "/metrics", headers: [.authorization: "Bearer \(monitor)"])
        #expect(shown.status == .ok)
        let other = try await client.send(.get, "/metrics", headers: [.authorization: "Bearer \(viewer)"])
        #expect(other.status == (without == .ok ? .ok : .forbidden))
      }
    }
  }

  @Test(
    "through a proxy, /metrics of a server on loopback wants a monitor's key where there are keys, unless it is public",
    arguments: ["/metrics", "/metrics/"])
  func metricsThroughProxy(path: String) async throws {
    let access = MemoryAccess()
    let holders = [(try await access.make(.monitor), 200), (try await access.make(.viewer), 403), ("wrong", 401)]
    try await withRoutes(MemoryStorage(), access: access) { client in
      for (field, value) in [("X-Forwarded-For", "203.0.113.5"), ("Forwarded", "for=203.0.113.5")] {
        let name = try #require(HTTPField.Name(field))
        #expect(try await client.send(.get, path, headers: [name: value]).status == .unauthorized)
        #expect(try await client.send(.head, path, headers: [name: value]).status == .unauthorized)
        for (key, status) in holders {
          let answer = try await client.send(
            .get, path, headers: [name: value, .authorization: "Bearer \(key)"])
          #expect(answer.status.code == status)
        }
      }
      #expect(try await client.send(.get, path).status == .ok)
    }
    let forwarded = try #require(HTTPField.Name("X-Forwarded-For"))
    try await withRoutes(MemoryStorage()) { client in
      let answer = try await client.send(.get, path, headers: [forwarded: "203.0.113.5"])
      #expect(answer.status == .ok)
    }
    try await withRoutes(MemoryStorage(), access: access, configure: { $0.isMetricsPublic = true }) { client in
      let answer = try await client.send(.get, path, headers: [forwarded: "203.0.113.5"])
      #expect(answer.status == .ok)
    }
  }

  @Test("a server that others can reach and has no key lets nobody in, unless ALLOW_ANONYMOUS is true")
  func notSetUp() async throws {
    try await withRoutes(MemoryStorage(), configure: { $0.host = "0.0.0.0" }) { client in
      let refused = try await client.send(.get, "/api/poses")
      #expect(refused.status == .unauthorized)
      #expect((refused.json["message"] as? String)?.contains("posevault key add") == true)
    }
    let configure: (inout ServerConfiguration) -> Void = {
      $0.host = "0.0.0.0"
      $0.allowsAnonymous = true
    }
    try await withRoutes(MemoryStorage(), configure: configure) { client in
      let list = try await client.send(.get, "/api/poses")
      #expect(list.status == .ok)
    }
  }
}
