import Foundation
import PoseCore

/// Looks for poses without pictures and pictures without poses, and removes the latter where that is wanted.
struct PictureRepair {
  let storage: Composition.Storage
  /// Whether to remove anything, and whether to do so without asking.
  let isWanted: Bool
  let isConfirmed: Bool
  /// Whether every byte is read.
  let readsAll: Bool

  func run(_ report: inout DoctorReport) async {
    let check = Composition.pictureCheck(storage)
    let yesterday = check.clock() - 86_400
    do {
      // with half of what it will hold, everything would look lost
      try await storage.runs.requireWhole()
    } catch {
      report.tell(error)
      return
    }
    await report.check { try await tellLost(check, &$0) }
    if readsAll { await report.check { try await tellDamaged(check, &$0) } }
    await report.check { report in
      let obstacle = isWanted ? try await obstacle(check) : nil
      if let obstacle { report.tell(.notice, obstacle) }
      let mayRemove = isWanted && obstacle == nil
      await report.check { try await tellOrphans(check, before: yesterday, mayRemove: mayRemove, report: &$0) }
      await report.check { try await tellStrays(before: yesterday, mayRemove, &$0) }
    }
  }

  /// Why nothing may be removed now.
  private func obstacle(_ check: PictureCheck) async throws -> String? {
    if try await check.runs.isRestoringOrBackingUp(at: check.clock()) {
      return "A restore or a backup is under way, or a restore was interrupted: nothing is removed."
    }
    // also what a table that lost its rows looks like, or the wrong database
    if try await check.hasNoPoses() { return "There is no pose at all, so nothing is removed." }
    let hasNoPictures = try await check.images.list(after: nil, limit: 1).isEmpty
    return hasNoPictures ? "There is no picture at all, so nothing is removed." : nil
  }

  private func tellLost(_ check: PictureCheck, _ report: inout DoctorReport) async throws {
    let lost = try await check.lostPictures()
    if lost.isEmpty {
      report.tell(.good, "Every pose has its picture.")
    } else {
      report.tell(.wrong, PictureCheck.line(lost: lost), items: lost.map(PictureCheck.item(lost:)))
    }
  }

  private func tellDamaged(_ check: PictureCheck, _ report: inout DoctorReport) async throws {
    let (count, damaged) = try await check.damagedPictures()
    if damaged.isEmpty {
      report.tell(.good, "Every picture was read whole: \(count).")
    } else {
      report.tell(
        .wrong, "Pictures that are not what was uploaded: \(damaged.count) of \(count).",
        items: damaged.map { "picture \($0.id): \($0.reason)" })
    }
  }

  private func tellOrphans(
    _ check: PictureCheck, before limit: Int64, mayRemove: Bool, report: inout DoctorReport
  ) async throws {
    let orphans = try await check.orphans(before: limit)
    if orphans.isEmpty {
      report.tell(.good, "No picture of ours is without a pose.")
    } else if mayRemove, try await confirms(PictureCheck.line(orphans: orphans)) {
      let removed = try await check.remove(orphans.map(\.id))
      report.tell(.good, "Removed pictures that no pose named: \(removed).")
    } else {
      report.tell(
        .notice, PictureCheck.line(orphans: orphans) + hint, items: orphans.map(PictureCheck.item(orphan:)))
    }
  }

  private func tellStrays(before limit: Int64, _ mayRemove: Bool, _ report: inout DoctorReport) async throws {
    let strays = try await storage.images.strays(before: limit)
    guard !strays.isEmpty else { return }
    let line = "Left by interrupted uploads more than a day ago: \(strays.count), such as \(strays[0])."
    if mayRemove, try await confirms(line) {
      let removed = try await storage.images.remove(strays: strays)
      report.tell(.good, "Removed what interrupted uploads had left: \(removed).")
    } else {
      report.tell(.notice, line + hint)
    }
  }

  private var hint: String { isWanted ? "" : " `posevault doctor --fix` removes them." }

  private func confirms(_ line: String) async throws -> Bool {
    if isConfirmed { return true }
    return try await StandardInput.confirms(line + " Remove them?")
  }
}
