import Access
import HTTPTypes
import Hummingbird
import PoseCore

/// Has every change, download and export noted. Refusals are counted, and so is what changed nothing and anybody, or
/// anybody with any key, can bring about as often as he likes.
struct AuditMiddleware: RouterMiddleware {
  typealias Context = APIContext

  let recorder: AuditRecorder
  let door: Door
  /// Whether it is also recorded who viewed which pose or picture.
  let notesViews: Bool

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await noting(request, context, next: next)
    } catch let error as PoseVaultError where AuditedRoutes.refusals.contains(error.code) {
      recorder.refuse(
        by: context.caller, from: door.client(request, context)?.text, action: AuditedRoutes.action(request, context),
        outcome: error.code.status.code)
      throw error
    }
  }

  private func noting(
    _ request: Request, _ context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard let path = context.endpointPath, let success = AuditedRoutes.success(request.method, path) else {
      let response = try await next(request, context)
      if notesViews, let path = context.endpointPath,
        AuditedRoutes.isView(request, path, status: response.status)
      {
        await recorder.noteView(
          recorder.entry(
            by: context.caller, from: door.client(request, context)?.text, request: context.requestID,
            action: AuditedRoutes.action(request, context), subjects: AuditedRoutes.subjects(path, context),
            outcome: response.status.code))
      }
      return response
    }
    let note = AuditNote(
      recorder.entry(
        by: context.caller, from: door.client(request, context)?.text, request: context.requestID,
        action: AuditedRoutes.action(request, context), subjects: AuditedRoutes.subjects(path, context),
        outcome: success))
    do {
      let response = try await AuditNote.$current.withValue(note) { try await next(request, context) }
      let entry = note.entry(outcome: response.status.code)
      if note.isWritten {
        recorder.tell(entry)
      } else if AuditedRoutes.isCounted(entry) {
        recorder.count(entry)
      } else if request.method == .get {
        // before a byte of it is sent
        try await recorder.note(entry)
      } else {
        await recorder.noteLater(entry)
      }
      return response
    } catch {
      let code = (error as? PoseVaultError)?.code
      if code.map(AuditedRoutes.refusals.contains) != true {
        let entry = note.entry(outcome: code?.status.code ?? 500)
        if !note.isWritten, AuditedRoutes.isCounted(entry, code) {
          recorder.count(entry)
        } else {
          await recorder.noteLater(entry)
        }
      }
      throw error
    }
  }
}

/// What is recorded: everything that changes something, and everything that takes away a lot of data at once.
enum AuditedRoutes {
  private static let downloads: Set<String> = [
    "/api/backups/{id}/download", "/api/backups/latest/download", "/api/poses/export",
  ]
  private static let created: Set<String> = ["/api/extract-pose", "/api/keys"]

  private static let views: Set<String> = [
    "/api/poses", "/api/poses/{id}", "/api/poses/{id}/overlay", "/api/images/{imageId}",
    "/api/images/{imageId}/rendition", "/api/trash",
  ]
  private static let thumbnails: Set<String> = ["/api/images/{imageId}/thumbnail", "/api/trash/{id}/thumbnail"]
  /// The side of thumbnails that go with a list and are no look at a picture of their own.
  private static let listedSide = 256

  /// Whether somebody has seen a pose, a list of them or a picture, now or before.
  static func isView(_ request: Request, _ path: String, status: HTTPResponse.Status) -> Bool {
    guard request.method == .get, [200, 206, 304].contains(status.code) else { return false }
    if thumbnails.contains(path) {
      let side = try? Query(request).integer("size", in: 1...Int.max)
      return side.map { $0 > listedSide } ?? false
    }
    return views.contains(path)
  }

  /// What is counted by address and minute instead, since it can be caused as often as somebody likes.
  static let refusals: Set<PoseVaultError.Code> = [.unauthorized, .forbidden, .tooManyRequests]

  /// Whether it is counted, too, where nothing was changed: so that no one without a key, or with any, fills the trail.
  ///
  /// - Parameter code: of what was thrown.
  static func isCounted(_ entry: AuditEntry, _ code: PoseVaultError.Code? = nil) -> Bool {
    entry.by == "nobody" || (400..<500).contains(entry.outcome)
      || code.map { [.queueFull, .storageFull, .shuttingDown].contains($0) } ?? false
  }

  static func action(_ request: Request, _ context: APIContext) -> String {
    let method = HTTPRequest.Method.known.contains(request.method) ? request.method.rawValue : "other"
    let path = context.endpointPath ?? "elsewhere"
    // nothing brings back what is erased, and what is deleted an owner may bring back
    let isErasure =
      request.method == .delete && path == "/api/poses/{id}" && request.uri.queryParameters["erase"] == "true"
    return "\(method) \(path)\(isErasure ? "?erase=true" : "")"
  }

  /// The status on success; nil for what is not recorded.
  static func success(_ method: HTTPRequest.Method, _ path: String) -> Int? {
    guard path.hasPrefix("/api/") else { return nil }
    switch method {
    case .get: return downloads.contains(path) ? 200 : nil
    case .post: return created.contains(path) ? 201 : 200
    case .put, .patch, .delete: return 200
    default: return nil
    }
  }

  /// What the address refers to, such as `pose 7`. Anything that is not an id is left out, since it may be anything.
  static func subjects(_ path: String, _ context: APIContext) -> [String] {
    if let id = context.parameters.get("imageId").flatMap({ ImageID($0) }) { return [AuditSubject.image("\(id)")] }
    guard let id = context.parameters.get("id").flatMap({ Query.integer($0) }) else { return [] }
    switch path.split(separator: "/").dropFirst().first {
    case "poses": return [AuditSubject.pose(id)]
    case "backups": return [AuditSubject.backup(id)]
    case "keys": return [AuditSubject.key(id)]
    case "sessions": return [AuditSubject.session(id)]
    case "trash" where path.hasSuffix("/thumbnail"): return [AuditSubject.trash(id)]
    default: return []
    }
  }
}
