import HTTPTypes
import PoseCore

/// Who may call what: the only table.
///
/// An owner may call everything. A route of the API that is missing here is for owners only, so that forgetting to add
/// one leaves it closed. The API's description lists the same roles for each route, and a test compares them with what
/// the server does.
enum RouteRoles {
  private static let readers: Set<AccessRole> = [.viewer, .editor]
  private static let adders: Set<AccessRole> = [.uploader, .editor]
  private static let editors: Set<AccessRole> = [.editor]
  private static let monitors: Set<AccessRole> = [.monitor, .operator]
  private static let operators: Set<AccessRole> = [.operator]
  private static let owners: Set<AccessRole> = []
  private static let everyone = Set(AccessRole.allCases)

  private static let table: [String: Set<AccessRole>] = [
    "POST /api/extract-pose": adders,
    "GET /api/poses": readers,
    "GET /api/poses/:id": readers,
    "PUT /api/poses/:id": editors,
    // with erase=true, owners
    "DELETE /api/poses/:id": editors,
    "POST /api/poses/:id/revert": editors,
    "GET /api/poses/:id/overlay": readers,
    "GET /api/poses/export": editors,
    "GET /api/images/:imageId": readers,
    "GET /api/images/:imageId/thumbnail": readers,
    "GET /api/images/:imageId/rendition": readers,

    // a deleted pose is hidden from those who may read poses
    "GET /api/trash": owners,
    "DELETE /api/trash": owners,
    "DELETE /api/trash/:id": owners,
    "POST /api/trash/:id/restore": owners,
    "GET /api/trash/:id/thumbnail": owners,

    "POST /api/backup/trigger": operators,
    "GET /api/backups": operators,
    "GET /api/backups/:id": operators,
    // says that what an archive lacks may be missing, which who can't read poses can't know
    "POST /api/backups/:id/accept": owners,
    "GET /api/backups/:id/download": owners,
    "GET /api/backups/latest/download": owners,

    "GET /api/keys": owners,
    "POST /api/keys": owners,
    "DELETE /api/keys/:id": owners,
    "GET /api/audit": owners,

    // of one's own key; an owner's are all
    "GET /api/sessions": everyone,
    "DELETE /api/sessions/:id": everyone,

    "GET /api/openapi.json": everyone,
    "GET /metrics": monitors,
  ]

  /// Open without a key. Health shows more to a monitor.
  private static let open: Set<String> = [
    "GET /api/session", "POST /api/session", "DELETE /api/session", "GET /api/health", "GET /api/health/live",
  ]

  /// Of the routes that the two name, such as `/api/poses/:id`.
  static var paths: [String] {
    (Array(table.keys) + open).compactMap { $0.split(separator: " ").last.map(String.init) }
  }

  /// The roles that may, the owner's left out; nil where no key is needed.
  ///
  /// - Parameter path: as registered, such as `/api/poses/:id`.
  static func of(_ method: HTTPRequest.Method, _ path: String) -> Set<AccessRole>? {
    let route = "\(method.rawValue) \(path)"
    guard path.hasPrefix("/api/") || path == "/metrics", !open.contains(route) else { return nil }
    return table[route] ?? owners
  }

  /// - Parameter path: as it is registered.
  static func may(_ role: AccessRole?, _ method: HTTPRequest.Method, _ path: String) -> Bool {
    guard let roles = of(method, path) else { return true }
    return role.map { $0 == .owner || roles.contains($0) } ?? false
  }

  /// Whether health shows details to somebody.
  static func mayWatch(_ role: AccessRole) -> Bool { role == .owner || monitors.contains(role) }
}
