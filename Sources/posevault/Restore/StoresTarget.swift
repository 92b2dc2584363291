import Backup
import PoseCore

/// Stores that a restore fills in place, behind its mark.
struct StoresTarget: Sendable {
  let stores: Stores
  let files: BlockingPool

  func restore(_ order: RestoreOrder) async throws {
    guard !order.replaces else {
      throw PoseVaultError(
        .badRequest,
        "--replace is for embedded storage. To replace live databases, set MYSQL_DATABASE and the database in "
          + "MONGODB_URI to new names and restore into these.")
    }
    if order.isSalvage { return try await salvage(order) }
    let manifest = try await order.prove()
    if order.isDryRun {
      try StandardOutput.write(order.describe(manifest))
      return try await Composition.withUnchangedStorage(stores) {
        try await tell(manifest, of: order, $0)
      }
    }
    try await withTarget { target, storage in
      try await order.fill(target, manifest)
      try await pair(target)
      try await Composition.note("backup restore", in: storage.audit)
      try StandardOutput.write(order.done(manifest, in: stores.summary))
    }
  }

  /// The picture store may have been emptied, and then remembers a different pose database.
  private func pair(_ target: RestoreTarget) async throws {
    guard let images = target.images as? any PairableImages else { return }
    let place = "\(stores.summary) on \(Machine.name)"
    try await StorePair(runs: target.runs, images: images, place: place).pairAnew()
  }

  /// Restores the intact parts of a damaged archive into empty databases.
  private func salvage(_ order: RestoreOrder) async throws {
    let plan = try await order.planSalvage()
    if order.isDryRun { return try await order.describe(plan) }
    var report = SalvageReport()
    try await withTarget { target, storage in
      report = try await order.salvage(plan, into: target)
      try await pair(target)
      try await Composition.note("backup restore", in: storage.audit)
    }
    try order.done(report, in: stores.summary)
  }

  /// Prints what a restore would do now; changes nothing.
  private func tell(
    _ manifest: Manifest, of order: RestoreOrder, _ storage: Composition.Storage
  ) async throws {
    let target = target(storage)
    let poses = try await storage.database.posesBeforeUpgrade()
    try await order.tellErased(manifest, known: poses == nil ? storage.erasures.all() : [])
    if let poses {
      try RestoreTarget.requireEmpty(
        poses: poses, hasPictures: try await !target.images.list(after: nil, limit: 1).isEmpty)
      return try StandardOutput.write(
        "It would be restored into \(stores.summary), whose tables would be created or upgraded first.")
    }
    if let mark = try await target.runs.restoreMark() {
      let isSame = target.isFilled(by: mark, with: manifest, scope: order.scope)
      return try StandardOutput.write(
        isSame
          ? "Its restore was interrupted or is in progress; it would be continued."
          : "It would be refused: a restore of \(mark.file) was interrupted or is in progress.")
    }
    try await target.requireEmpty()
    try StandardOutput.write("It would be restored into \(stores.summary).")
  }

  func withTarget(_ body: (RestoreTarget, Composition.Storage) async throws -> Void) async throws {
    try await Composition.withStorage(stores) { storage in
      try await body(target(storage), storage)
    }
  }

  /// The mark of a restore in them; also nil if there are no tables yet. Changes nothing.
  func restoreMark() async throws -> RestoreMark? {
    var mark: RestoreMark?
    try await Composition.withUnchangedStorage(stores) { storage in
      if try await storage.database.posesBeforeUpgrade() == nil { mark = try await storage.runs.restoreMark() }
    }
    return mark
  }

  private func target(_ storage: Composition.Storage) -> RestoreTarget {
    // servers ask for the mark once a second, and let requests end that have begun
    RestoreTarget(
      poses: storage.poses, images: storage.images, runs: storage.runs, erasures: storage.erasures,
      place: stores.summary,
      settleTime: .seconds(3))
  }
}
