import Access
import HTTPTypes
import Hummingbird
import PoseCore

/// Has every change, download and export recorded, whatever the outcome. Refusals are counted.
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
        AuditedRoutes.isView(request.method, path, status: response.status)
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
        await recorder.noteLater(note.entry(outcome: code?.status.code ?? 500))
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
    "/api/poses/{id}", "/api/poses/{id}/overlay", "/api/images/{imageId}", "/api/images/{imageId}/rendition",
  ]

  /// Whether somebody has viewed a pose or a picture, now or before.
  static func isView(_ method: HTTPRequest.Method, _ path: String, status: HTTPResponse.Status) -> Bool {
    method == .get && views.contains(path) && [200, 206, 304].contains(status.code)
  }

  /// What is counted by address and minute instead, since it can be caused as often as somebody likes.
  static let refusals: Set<PoseVaultError.Code> = [.unauthorized, .forbidden, .tooManyRequests]

  static func action(_ request: Request, _ context: APIContext) -> String {
    "\(HTTPRequest.Method.known.contains(request.method) ? request.method.rawValue : "other") "
      + (context.endpointPath ?? "elsewhere")
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
    default: return []
    }
  }
}
