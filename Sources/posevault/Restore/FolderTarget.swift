import Backup
import EmbeddedStorage
import Foundation
import PoseCore

/// A data folder that a restore fills: built next to the existing one, then exchanged.
struct FolderTarget: Sendable {
  let directory: String
  let files: BlockingPool

  func restore(_ order: RestoreOrder) async throws {
    if order.isSalvage { return try await salvage(order) }
    let manifest = try await order.prove()
    if order.isDryRun { return try await tell(order, manifest) }
    try await withFolder { folder in
      if let pending = try await folder.pendingArchive() {
        try await exchange(folder, pending)
        guard pending != manifest.fingerprint(of: order.scope) else {
          return try StandardOutput.write(order.done(manifest, in: directory))
        }
        StandardError.write("This finished an earlier restore of another archive.")
      }
      try await requireEmpty(folder, unless: order.replaces)
      // before the folder is made that keeps servers away; what a restore has stored already is asked for later
      if try await !folder.isBuilding() {
        try await files.run { [directory] in
          try RestoreTarget.requireSpace(in: directory, for: manifest.reduced(to: order.scope))
        }
      }
      try await build(in: folder, by: await order.keeping(folder), manifest: manifest)
      try await exchange(folder, manifest.fingerprint(of: order.scope))
      try StandardOutput.write(order.done(manifest, in: directory))
    }
  }

  /// Restores the intact parts of a damaged archive into an empty storage.
  private func salvage(_ order: RestoreOrder) async throws {
    let plan = try await order.planSalvage()
    if order.isDryRun { return try await order.describe(plan) }
    var report = SalvageReport()
    try await withFolder { folder in
      if let pending = try await folder.pendingArchive() { try await exchange(folder, pending) }
      try await requireEmpty(folder, unless: false)
      if try await !folder.isBuilding() {
        try await files.run { [directory] in try RestoreTarget.requireSpace(in: directory, for: plan) }
      }
      let order = await order.keeping(folder)
      let storage = try await folder.openBuilding()
      try await Composition.closing({ try await storage.close() }) {
        report = try await order.salvage(plan, into: target(storage))
        try await finish(storage, folder)
      }
      try await exchange(folder, plan.fingerprint)
    }
    try order.done(report, in: directory)
  }

  private func target(_ storage: EmbeddedStorage) -> RestoreTarget {
    RestoreTarget(
      poses: storage.poses, images: storage.images, runs: storage.runs, erasures: storage.erasures,
      place: directory, isExclusive: true, folder: directory)
  }

  private func build(in folder: EmbeddedRestore, by order: RestoreOrder, manifest: Manifest) async throws {
    let storage = try await folder.openBuilding()
    try await Composition.closing({ try await storage.close() }) {
      try await order.fill(target(storage), manifest)
      try await finish(storage, folder)
    }
  }

  /// Archives contain no keys: what nobody could read without one must not become open to everybody.
  private func finish(_ storage: EmbeddedStorage, _ folder: EmbeddedRestore) async throws {
    try await Composition.note("backup restore", in: storage.audit)
    if try await folder.isAccessClosed() { try await storage.access.closeAccess() }
  }

  private func exchange(_ folder: EmbeddedRestore, _ archive: String) async throws {
    let time = Date.now.formatted(
      Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day().time(includingFractionalSeconds: false)
    )
    .replacing(":", with: "")
    guard let kept = try await folder.exchange(archive: archive, keepingAs: time) else { return }
    try StandardOutput.write("The previous data is kept in \(kept); delete it when you no longer need it.")
  }

  private func tell(_ order: RestoreOrder, _ manifest: Manifest) async throws {
    try StandardOutput.write(order.describe(manifest))
    try await order.tellErased(manifest)
    try await files.run { [directory] in
      try RestoreTarget.requireSpace(in: directory, for: manifest.reduced(to: order.scope))
    }
    guard FileManager.default.fileExists(atPath: directory) else {
      return try StandardOutput.write("It would be restored into \(directory), a new folder.")
    }
    try await withFolder { folder in
      if let pending = try await folder.pendingArchive() {
        let which = pending == manifest.fingerprint(of: order.scope) ? "this archive" : "another archive"
        try StandardOutput.write("The restore of \(which), whose last step is missing, would be finished first.")
      } else if try await folder.isBuilding() {
        try StandardOutput.write("An interrupted restore is here; restoring the same archive would continue it.")
      }
      try await requireEmpty(folder, unless: order.replaces)
      try StandardOutput.write(
        "It would be restored into \(directory); the existing data would be kept in another folder.")
    }
  }

  /// A database that is to be replaced may be damaged, so it is not checked.
  private func requireEmpty(_ folder: EmbeddedRestore, unless isReplaced: Bool) async throws {
    if isReplaced { return }
    if try await folder.isEmpty() { return }
    throw PoseVaultError(
      .badRequest,
      "The storage in \(directory) is not empty. Add --replace to replace its poses and pictures, which are then "
        + "kept in another folder, or set DATA_DIR to a new folder.")
  }

  func withFolder(_ body: (EmbeddedRestore) async throws -> Void) async throws {
    let folder = try await EmbeddedRestore.begin(directory)
    try await Composition.closing({ try await folder.close() }) { try await body(folder) }
  }
}

extension RestoreOrder {
  /// The same with the ledger of the storage in place, which the files beside archives may lack: a folder was away, or is
  /// lost.
  fileprivate func keeping(_ folder: EmbeddedRestore) async -> RestoreOrder {
    var order = self
    do {
      order.replaced = try await folder.erasures()
    } catch {
      let reason = (error as? PoseVaultError)?.message ?? "\(error)"
      StandardError.write(
        "Warning: the replaced storage's ledger of erasures can't be read. \(reason) What it says was erased may come back."
      )
    }
    return order
  }
}
