import HTTPTypes
import Hummingbird
import PoseCore

/// `GET /api/backups/{id}/download` and `/api/backups/latest/download`: the archive, in full or in part.
struct ArchiveRoutes: Sendable {
  let backups: BackupRoutes

  @Sendable func download(_ request: Request, _ context: APIContext) async throws -> Response {
    try await response(of: try await backups.find(context), to: request, in: context)
  }

  @Sendable func downloadLatest(_ request: Request, _ context: APIContext) async throws -> Response {
    guard let run = try await backups.backups.status().lastProven else {
      throw PoseVaultError(.notFound, "There is no proven backup yet.")
    }
    return try await response(of: run, to: request, in: context)
  }

  private func response(of run: BackupRun, to request: Request, in context: APIContext) async throws -> Response {
    let path = try await backups.backups.archive(of: run)
    guard let archive = run.archive, let provenAt = run.finishedAt else {
      throw PoseVaultError(.notFound, "The backup \(run.id) has no archive.")
    }
    let bytes = StoredBytes(
      what: "archive", tag: EntityTag(sha256: archive.sha256), storedAt: provenAt, length: Int(archive.size))
    let headers: HTTPFields = [
      .cacheControl: "private, no-cache", .contentDisposition: "attachment; filename=\"\(archive.fileName)\"",
    ]
    return try await bytes.response(to: request, headers: headers) {
      "application/zip"
    } body: { part in
      try await body(of: path, part: part, archive: archive, in: context)
    }
  }

  /// Reads the file piece by piece while it is sent.
  ///
  /// Throws `notFound` if it is gone, or its length has changed since it was proven.
  private func body(
    of path: String, part: Range<Int>?, archive: BackupArchive, in context: APIContext
  ) async throws -> ResponseBody {
    do {
      let files = FileIO()
      let whole = try await files.loadFile(path: path, context: context)
      if whole.contentLength == Int(archive.size) {
        guard let part else { return whole }
        return try await files.loadFile(path: path, range: part.lowerBound...part.upperBound - 1, context: context)
      }
    } catch let error as HTTPError where error.status == .notFound {}
    throw PoseVaultError(.notFound, "The archive \(archive.fileName) no longer exists or has changed.")
  }
}
