import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// `GET /api/poses`: the poses by descending id, in pages.
///
/// `?page=…&limit=…` counts: `pagination` is `{total, page, limit, totalPages}`. `?after=ID&limit=…` continues after
/// that id without counting, at the same cost for every page: `pagination` is `{limit, next}`, where `next` is the next
/// page's `after`, or null on the last. Filters and `include` are as ``Query`` reads them.
///
/// Like an export, a long page is written in pieces while it is sent, so that a slow reader occupies the memory of one
/// piece only. If the storage fails in the middle, the connection ends without the last chunk.
struct ListRoute: Sendable {
  let poses: any PoseRepository
  let address: PublicAddress

  static let maxLimit = 1000

  @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = Query(request)
    let limit = try query.integer("limit", in: 1...Self.maxLimit) ?? 10
    let filter = try query.filter()
    let inclusion = try query.inclusion()
    let view = PageView(base: address.base(for: request), inclusion: inclusion)
    if let after = try query.integer("after", in: 1...Int.max) {
      guard try query.integer("page", in: 1...Int.max) == nil else {
        throw PoseVaultError(.badRequest, "Give page or after, not both.", details: ["parameter": "after"])
      }
      let page = PageRows(
        of: poses, filter: filter, parts: inclusion.parts, start: .after(after, limit: limit), tellsNext: true)
      return try await view.response(page) { next, json in
        json.field("limit", limit)
        json.key("next")
        if let next { json.value(next) } else { json.null() }
      }
    }
    let number = try query.integer("page", in: 1...Int.max) ?? 1
    let (offset, isBeyond) = (number - 1).multipliedReportingOverflow(by: limit)
    let start = PosePage.offset(isBeyond ? .max : offset, limit: isBeyond ? 0 : limit)
    let page = PageRows(of: poses, filter: filter, parts: inclusion.parts, start: start, tellsNext: false)
    let total = try await poses.count(of: filter)
    return try await view.response(page) { _, json in
      json.field("total", total)
      json.field("page", number)
      json.field("limit", limit)
      json.field("totalPages", total / limit + (total % limit == 0 ? 0 : 1))
    }
  }
}

/// The rows of one page, a few at a time.
private struct PageRows: Sendable {
  private let poses: any PoseRepository
  private let filter: PoseFilter
  private let parts: PoseParts
  private let start: PosePage
  private let tellsNext: Bool
  let limit: Int

  /// - Parameter tellsNext: whether to check if more rows follow.
  init(of poses: any PoseRepository, filter: PoseFilter, parts: PoseParts, start: PosePage, tellsNext: Bool) {
    self.poses = poses
    self.filter = filter
    self.parts = parts
    self.start = start
    self.tellsNext = tellsNext
    switch start {
    case .offset(_, let limit), .after(_, let limit): self.limit = limit
    }
  }

  /// The first rows, at most `count`, one of which may belong to the next page.
  func first(_ count: Int) async throws -> [PoseRecord] {
    let count = min(count, limit + (tellsNext ? 1 : 0))
    guard limit > 0 else { return [] }
    switch start {
    case .offset(let offset, _): return try await poses.list(.offset(offset, limit: count), of: filter, with: parts)
    case .after(let id, _): return try await poses.list(.after(id, limit: count), of: filter, with: parts)
    }
  }

  /// Calls `body` with all rows, at most `count` at once; returns the `after` of the next page if there is one.
  ///
  /// - Parameter first: the result of ``first(_:)`` for this count.
  func each(
    _ count: Int, from first: [PoseRecord], _ body: (ArraySlice<PoseRecord>) async throws -> Void
  ) async throws -> Int? {
    var rows = first
    var left = limit
    while true {
      let wanted = min(count, left + (tellsNext ? 1 : 0))
      let shown = rows.prefix(left)
      if !shown.isEmpty { try await body(shown) }
      left -= shown.count
      guard let last = shown.last else { return nil }
      if rows.count > shown.count { return last.id }
      // one more than is shown tells whether another page follows
      let next = min(count, left + (tellsNext ? 1 : 0))
      guard rows.count == wanted, next > 0 else { return nil }
      rows = try await poses.list(.after(last.id, limit: next), of: filter, with: left > 0 ? parts : [])
      if left == 0 { return rows.isEmpty ? nil : last.id }
    }
  }
}

/// A page of poses as the API shows it.
private struct PageView: Sendable {
  let base: String
  let inclusion: PoseInclusion

  typealias Pagination = @Sendable (_ next: Int?, inout JSONWriter) -> Void

  /// Roughly what a piece takes in memory, as rows and as JSON.
  private static let pieceBytes = 512 * 1024

  /// A row has about 4 KB for each set of landmarks.
  private var rowsAtOnce: Int {
    let sets = 1 + (inclusion.world ? 1 : 0) + (inclusion.corrected || inclusion.detection ? 1 : 0)
    return Self.pieceBytes / (4096 * sets)
  }

  func response(_ page: PageRows, _ pagination: @escaping Pagination) async throws -> Response {
    let headers: HTTPFields = [
      .contentType: "application/json; charset=utf-8", .cacheControl: "private, no-cache",
    ]
    let count = rowsAtOnce
    let first = try await page.first(count)
    guard page.limit >= count else {
      var whole = ByteBuffer()
      try await write(page, count: count, first: first, pagination: pagination) { whole.writeBytes($0) }
      return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: whole))
    }
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        try await write(page, count: count, first: first, pagination: pagination) {
          try await writer.write(ByteBuffer(bytes: $0))
        }
        try await writer.finish(nil)
      })
  }

  private func write(
    _ page: PageRows, count: Int, first: [PoseRecord], pagination: Pagination,
    by write: ([UInt8]) async throws -> Void
  ) async throws {
    var isFirst = true
    try await write(Array(#"{"success":true,"data":{"poses":["#.utf8))
    let next = try await page.each(count, from: first) { rows in
      var piece: [UInt8] = []
      for row in rows {
        if !isFirst { piece.append(UInt8(ascii: ",")) }
        isFirst = false
        piece += PoseView(row, base: base).json(inclusion)
      }
      try await write(piece)
    }
    var json = JSONWriter()
    json.object { pagination(next, &$0) }
    try await write(Array(#"],"pagination":"#.utf8) + json.bytes + Array("}}".utf8))
  }
}
