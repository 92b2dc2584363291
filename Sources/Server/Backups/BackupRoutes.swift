import HTTPTypes
import Hummingbird
import PoseCore

/// `POST /api/backup/trigger`, `GET /api/backups` and `GET /api/backups/{id}`.
struct BackupRoutes: Sendable {
  let backups: any BackupOperator
  let timeZone: String?
  let isMailConfigured: Bool

  static let maxLimit = 1000

  /// Waits for the run's end unless there is `Prefer: respond-async`; the run continues if the client leaves.
  @Sendable func trigger(_ request: Request, _ context: APIContext) async throws -> Response {
    let begun = try await backups.begin()
    let location = "/api/backups/\(begun.id)"
    guard !Self.isAsynchronous(request) else {
      var headers: HTTPFields = [.location: location, .cacheControl: "no-store"]
      headers[custom: "Preference-Applied"] = "respond-async"
      return Self.response(.accepted, "The backup has begun", of: begun, headers: headers)
    }
    let run = try await backups.end(of: begun)
    switch run.state {
    case .proven:
      return Self.response(
        .ok, "Backup completed successfully", of: run, headers: [.location: location, .cacheControl: "no-store"])
    case .failed(let message, _, _):
      // not thrown: what the log alone tells of other failures is here what the client asked for
      return .failure(
        PoseVaultError(.backupFailed, message, details: ["id": "\(run.id)"]), headers: [.location: location])
    case .running:
      throw PoseVaultError(
        .storageUnavailable, "The backup \(run.id) has finished, but its result could not be stored.")
    }
  }

  /// By descending id; `?after=ID` continues after that run, as in the list of poses.
  @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = Query(request)
    let limit = try query.integer("limit", in: 1...Self.maxLimit) ?? 10
    let after = try query.integer("after", in: 1...Int.max)
    // one more than asked for tells whether another page follows
    let runs = try await backups.runs(before: after, limit: limit + 1)
    let status = try await backups.status()
    return .success(headers: [.cacheControl: "no-store"], capacity: 1024 * (limit + 1)) { json in
      json.object("data") { json in
        json.array("backups") { json in
          for run in runs.prefix(limit) { json.object(run.writeFields) }
        }
        json.object("pagination") { json in
          json.field("limit", limit)
          json.key("next")
          if runs.count > limit { json.value(runs[limit - 1].id) } else { json.null() }
        }
        status.write(into: &json)
        json.key("timeZone")
        if let timeZone { json.value(timeZone) } else { json.null() }
        json.field("mail", isMailConfigured ? "configured" : "not configured")
      }
    }
  }

  /// `POST /api/backups/{id}/accept`: somebody accepts what is missing in the archive.
  @Sendable func accept(_ request: Request, _ context: APIContext) async throws -> Response {
    let run = try await backups.accept(try await find(context).id)
    return Self.response(.ok, "The backup is accepted", of: run, headers: [.cacheControl: "no-store"])
  }

  @Sendable func show(_ request: Request, _ context: APIContext) async throws -> Response {
    let run = try await find(context)
    return .success(headers: [.cacheControl: "no-store"]) { json in
      json.object("data", run.writeFields)
    }
  }

  func find(_ context: APIContext) async throws -> BackupRun {
    guard let id = context.parameters.get("id").flatMap({ Query.integer($0) }), id > 0 else {
      throw PoseVaultError(.badRequest, "A backup's id is a whole number greater than 0.")
    }
    guard let run = try await backups.run(id) else { throw PoseVaultError(.notFound, "There is no backup \(id).") }
    return run
  }

  private static func response(
    _ status: HTTPResponse.Status, _ message: String, of run: BackupRun, headers: HTTPFields
  ) -> Response {
    .success(status, headers: headers) { json in
      json.field("message", message)
      json.object("data") { json in
        run.writeFields(into: &json)
        // the name that scripts of the Node.js version read
        json.field("status", run.stateName)
      }
    }
  }

  /// RFC 7240: preferences are separated by commas, and each may have parameters.
  private static func isAsynchronous(_ request: Request) -> Bool {
    guard let name = HTTPField.Name("Prefer") else { return false }
    return request.headers[values: name].flatMap { $0.split(separator: ",") }.contains { preference in
      preference.prefix { $0 != ";" && $0 != "=" }.filter { $0 != " " && $0 != "\t" }.lowercased() == "respond-async"
    }
  }
}

extension BackupStatus {
  fileprivate func write(into json: inout JSONWriter) {
    json.field("nextRun", time: nextRun)
    json.key("lastProven")
    if let lastProven { json.object(lastProven.writeFields) } else { json.null() }
    json.array("unsentMail") { json in
      for mail in unsentMail { json.object(mail.writeFields) }
    }
    json.field("state", state.rawValue)
    json.array("troubles") { json in
      for trouble in troubles { json.value(trouble) }
    }
  }
}
