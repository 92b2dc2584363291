import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// `GET /api/poses/export`: all poses that match the filters, as a file, sent in pieces as they are read.
///
/// A response that has begun can't turn into a failure: if the storage fails, the connection ends without the last
/// chunk, which shows a client that the file is incomplete.
struct ExportRoute: Sendable {
  let poses: any PoseRepository
  let pictures: DrawnPictures
  let address: PublicAddress
  let version: String
  let clock: @Sendable () -> Int64

  /// A row is a few KB, and each piece costs a trip through the event loop.
  private static let pieceSize = 64 * 1024

  private enum Format: String, CaseIterable { case jsonl, csv, coco }

  @Sendable func export(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = Query(request)
    let name = try query.choice("format", of: Format.allCases.map(\.rawValue)) ?? Format.jsonl.rawValue
    let format = Format(rawValue: name) ?? .jsonl
    // a storage that is down is reported before the response begins
    let rows = try await ExportRows(poses, try query.filter(), startedAt: clock())
    let base = address.base(for: request)
    let day = Timestamp.iso8601(clock()).prefix(10)
    let headers: HTTPFields = [
      .contentType: Self.contentType(format), .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
      .contentDisposition: "attachment; filename=\"poses-\(day).\(format == .coco ? "json" : name)\"",
    ]
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        var piece = ByteBuffer()
        func write(_ bytes: [UInt8]) async throws {
          piece.writeBytes(bytes)
          guard piece.readableBytes >= Self.pieceSize else { return }
          try await writer.write(piece)
          piece.clear()
        }
        switch format {
        case .jsonl: try await rows.write(with: JSONLinesWriter(), write)
        case .csv: try await rows.write(with: CSVWriter(areStored: true), write)
        case .coco: try await rows.writeCOCO(COCOExport(version: version), pictures: pictures, base: base, by: write)
        }
        if piece.readableBytes > 0 { try await writer.write(piece) }
        try await writer.finish(nil)
      })
  }

  private static func contentType(_ format: Format) -> String {
    switch format {
    case .jsonl: "application/x-ndjson"
    case .csv: "text/csv; charset=utf-8; header=present"
    case .coco: "application/json; charset=utf-8"
    }
  }
}
