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

  /// More would take too much memory for the archive's directory.
  static let mostPosesWithPictures = 200_000
  /// Exports with pictures, each of which holds one.
  private let withPictures = Budget("exports with pictures", capacity: 4, maxWaiting: 0, waitLimit: .zero)

  private enum Format: String, CaseIterable { case jsonl, csv, coco }

  @Sendable func export(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = Query(request)
    let name = try query.choice("format", of: Format.allCases.map(\.rawValue)) ?? Format.jsonl.rawValue
    let format = Format(rawValue: name) ?? .jsonl
    let filter = try query.filter()
    let place = try await self.place(for: query, format, filter)
    // a storage that is down is reported before the response begins
    let rows = try await ExportRows(poses, filter, startedAt: clock())
    let base = address.base(for: request)
    let day = Timestamp.iso8601(clock()).prefix(10)
    let headers: HTTPFields = [
      .contentType: place == nil ? Self.contentType(format) : "application/zip", .cacheControl: "no-store",
      .xContentTypeOptions: "nosniff",
      .contentDisposition: "attachment; filename=\"poses-\(day).\(Self.ending(format, isZip: place != nil))\"",
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
        case .coco where place != nil:
          try await rows.writeZip(
            COCOExport(version: version), pictures: pictures, base: base, at: clock(), by: write)
        case .coco: try await rows.writeCOCO(COCOExport(version: version), pictures: pictures, base: base, by: write)
        }
        if piece.readableBytes > 0 { try await writer.write(piece) }
        try await writer.finish(nil)
        extendLifetime(place)
      })
  }

  /// Where pictures are wanted, the right to hold one.
  private func place(for query: Query, _ format: Format, _ filter: PoseFilter) async throws -> Place? {
    guard try query.choice("images", of: ["true", "false"]) == "true" else { return nil }
    guard format == .coco else {
      throw PoseVaultError(
        .badRequest, "images=true takes format=coco, whose file names lead to the pictures.",
        details: ["parameter": "images"])
    }
    guard try await poses.count(of: filter) <= Self.mostPosesWithPictures else {
      throw PoseVaultError(
        .badRequest,
        "An export with pictures has at most \(Self.mostPosesWithPictures) poses. Narrow it, such as with from and to.",
        details: ["parameter": "images"])
    }
    return try Place(withPictures)
  }

  /// Given back where the answer ends, however it does.
  private final class Place: Sendable {
    private let budget: Budget

    init(_ budget: Budget) throws {
      try budget.takeNow(1)
      self.budget = budget
    }

    deinit { budget.give(1) }
  }

  private static func ending(_ format: Format, isZip: Bool) -> String {
    if isZip { return "zip" }
    return format == .coco ? "json" : format.rawValue
  }

  private static func contentType(_ format: Format) -> String {
    switch format {
    case .jsonl: "application/x-ndjson"
    case .csv: "text/csv; charset=utf-8; header=present"
    case .coco: "application/json; charset=utf-8"
    }
  }
}
