import Backup
import PoseCore

/// MySQL and MongoDB that a restore fills.
struct DatabaseTarget: Sendable {
  let settings: Settings.Storage
  let files: BlockingPool

  func restore(_ order: RestoreOrder) async throws {
    guard !order.replaces else {
      throw PoseVaultError(
        .badRequest,
        "--replace is for embedded storage. To replace live databases, set MYSQL_DATABASE and the database in "
          + "MONGODB_URI to new names and restore into these.")
    }
    let manifest = try await order.prove()
    try await withTarget { target, _ in
      if order.isDryRun { return try await tell(order, manifest, target) }
      try await order.fill(target, manifest)
      try StandardOutput.write(order.done(manifest, in: StartLines.stores(settings)))
    }
  }

  private func tell(_ order: RestoreOrder, _ manifest: Manifest, _ target: RestoreTarget) async throws {
    try StandardOutput.write(order.describe(manifest))
    if let mark = try await target.runs.restoreMark() {
      let isSame = target.isFilled(by: mark, with: manifest)
      return try StandardOutput.write(
        isSame
          ? "Its restore was broken off here, or is under way; it would go on."
          : "It would be refused: a restore of \(mark.file) was broken off here, or is under way.")
    }
    try await target.requireEmpty()
    try StandardOutput.write("It would be restored into \(StartLines.stores(settings)).")
  }

  func withTarget(_ body: (RestoreTarget, any StrayPictures) async throws -> Void) async throws {
    try await Composition.withStorage(settings) { storage in
      // servers ask for the mark once a second, and let requests end that have begun
      let target = RestoreTarget(
        poses: storage.poses, images: storage.images, runs: storage.runs, place: StartLines.stores(settings),
        settleTime: .seconds(3))
      try await body(target, storage.strays)
    }
  }
}
