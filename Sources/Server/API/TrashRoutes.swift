import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PoseCore

/// `/api/trash`: the poses that people deleted: listed, restored, permanently removed.
struct TrashRoutes: Sendable {
  let trash: any TrashStore
  /// The store itself, in which pictures in the trash are visible, too.
  let images: any ImageStore
  let drawings: DrawingRoutes
  let address: PublicAddress
  /// How long they stay there, in seconds.
  let rest: Int64

  private static let maxLimit = 1000
  private static let itemsAtOnce = 100

  @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = Query(request)
    let limit = try query.integer("limit", in: 1...Self.maxLimit) ?? 50
    let after = try query.integer("after", in: 1...Int.max)
    let pose = try query.integer("pose", in: 1...Int.max)
    let base = address.base(for: request)
    // one more tells whether others follow
    let found = try await trash.deletedPoses(before: after, limit: limit + 1, of: pose)
    let page = found.prefix(limit)
    return .success(headers: [.cacheControl: "private, no-cache"], capacity: page.count * 5000) { json in
      json.object("data") { json in
        json.array("poses") { json in
          for item in page {
            json.object { json in
              json.field("id", item.id)
              json.field("deletedAt", time: item.trashedAt)
              json.field("until", time: item.trashedAt + rest)
              json.key("pose")
              json.splice(PoseView(item.pose, base: base).json(PoseInclusion(details: true)))
            }
          }
        }
        json.object("pagination") { json in
          json.field("limit", limit)
          json.field("next", found.count > page.count ? page.last?.id : nil)
        }
      }
    }
  }

  @Sendable func restore(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try Self.id(context)
    guard let row = try await trash.restorePose(id) else { throw Self.notFound(id) }
    let view = PoseView(row, base: address.base(for: request))
    let shown = view.json(.nothing)
    return .success(headers: [.eTag: view.tag.text], capacity: shown.count + 128) { json in
      json.field("message", "Pose restored successfully")
      json.key("data")
      json.splice(shown)
    }
  }

  @Sendable func remove(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try Self.id(context)
    guard try await remove(id, context) else { throw Self.notFound(id) }
    return .success { json in json.field("message", "Pose removed from the trash") }
  }

  @Sendable func empty(_ request: Request, _ context: APIContext) async throws -> Response {
    var removed = 0
    var last = Int?.none
    while case let page = try await trash.deletedPoses(before: last, limit: Self.itemsAtOnce, of: nil),
      let end = page.last
    {
      for item in page where try await remove(item.id, context) { removed += 1 }
      last = end.id
    }
    let count = removed
    return .success { json in
      json.field("message", "The trash is empty")
      json.object("data") { json in json.field("removed", count) }
    }
  }

  @Sendable func thumbnail(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = try Self.id(context)
    guard let item = try await trash.deletedPose(id) else { throw Self.notFound(id) }
    guard let image = ImageID(item.pose.imageID) else {
      throw PoseVaultError(.notFound, "The picture of pose \(item.pose.id) is not there.")
    }
    return try await drawings.thumbnail(of: image, for: request, context)
  }

  /// Whether it was there. The row goes first, then its picture, unless another pose shows it. A picture whose store is
  /// away goes on lying in the trash, where nobody sees it, and is removed within an hour of the store's return.
  private func remove(_ id: Int, _ context: APIContext) async throws -> Bool {
    guard let removed = try await trash.removePose(id) else { return false }
    do {
      try await trash.removePicture(of: removed, item: id, from: images)
    } catch {
      context.logger.report(
        error, "The pose is removed from the trash, its picture is removed later", level: .warning,
        metadata: ["image": "\(removed.imageID)"])
    }
    return true
  }

  private static func id(_ context: APIContext) throws -> Int {
    guard let id = context.parameters.get("id").flatMap({ Query.integer($0) }), id > 0 else {
      throw PoseVaultError(.badRequest, "An id in the trash is a whole number greater than 0.")
    }
    return id
  }

  private static func notFound(_ id: Int) -> PoseVaultError {
    PoseVaultError(.notFound, "There is nothing in the trash with the id \(id).")
  }
}
