import HTTPTypes
import Hummingbird
import PoseCore

/// `GET /api/poses`: the poses by descending id, in pages.
///
/// `?page=…&limit=…` counts: `pagination` is `{total, page, limit, totalPages}`. `?after=ID&limit=…` goes on behind
/// that id without counting, at the same cost on every page: `pagination` is `{limit, next}`, where `next` is the
/// following page's `after`, or null on the last. Filters and `include` are as ``Query`` reads them.
struct ListRoute: Sendable {
  let poses: any PoseRepository
  let address: PublicAddress

  static let maxLimit = 1000

  @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = Query(request)
    let limit = try query.integer("limit", in: 1...Self.maxLimit) ?? 10
    let (filter, inclusion) = (try query.filter(), try query.inclusion())
    let view = PageView(base: address.base(for: request), inclusion: inclusion)
    if let after = try query.integer("after", in: 1...Int.max) {
      guard try query.integer("page", in: 1...Int.max) == nil else {
        throw PoseVaultError(.badRequest, "Give page or after, not both.", details: ["parameter": "after"])
      }
      // one more than asked for tells whether another page follows
      let rows = try await poses.list(.after(after, limit: limit + 1), of: filter, with: inclusion.parts)
      let shown = rows.prefix(limit)
      return view.response(shown) { json in
        json.key("limit")
        json.value(limit)
        json.key("next")
        if rows.count > limit, let last = shown.last { json.value(last.id) } else { json.null() }
      }
    }
    let page = try query.integer("page", in: 1...Int.max) ?? 1
    let (offset, isBeyond) = (page - 1).multipliedReportingOverflow(by: limit)
    async let count = poses.count(of: filter)
    let rows =
      isBeyond ? [] : try await poses.list(.offset(offset, limit: limit), of: filter, with: inclusion.parts)
    let total = try await count
    return view.response(rows[...]) { json in
      json.key("total")
      json.value(total)
      json.key("page")
      json.value(page)
      json.key("limit")
      json.value(limit)
      json.key("totalPages")
      json.value(total / limit + (total % limit == 0 ? 0 : 1))
    }
  }
}

/// A page of poses as the API shows it.
private struct PageView {
  let base: String
  let inclusion: PoseInclusion

  func response(_ rows: ArraySlice<PoseRecord>, pagination: (inout JSONWriter) -> Void) -> Response {
    let size = rows.reduce(256) { $0 + $1.keypoints.count + 256 }
    return .success(headers: [.cacheControl: "private, no-cache"], capacity: size) { json in
      json.key("data")
      json.object { json in
        json.key("poses")
        json.array { json in
          for row in rows { json.splice(PoseView(row, base: base).json(inclusion)) }
        }
        json.key("pagination")
        json.object(pagination)
      }
    }
  }
}
