import Backup
import Foundation
import PoseCore

/// Finds poses without pictures and pictures without poses, and moves the latter to the trash if requested.
struct PictureRepair {
  let storage: Composition.Storage
  let pair: StorePair
  /// Whether to change anything, and whether to do so without asking.
  let isWanted: Bool
  let isConfirmed: Bool
  /// Whether to read every byte.
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
      let mayChange = isWanted && obstacle == nil
      await report.check { try await tellOrphans(check, before: yesterday, mayDiscard: mayChange, report: &$0) }
      await report.check { try await tellStrays(check, before: yesterday, mayRemove: mayChange, report: &$0) }
    }
  }

  /// Why nothing may be removed now.
  private func obstacle(_ check: PictureCheck) async throws -> String? {
    if try await check.runs.isRestoringOrBackingUp(at: check.clock()) {
      return "A restore or backup is in progress, or a restore was interrupted: nothing is removed."
    }
    // an old copy of the database knows nothing of the newest pictures
    if case .torn = try await pair.look() {
      return "Pose database and picture store are not a pair: nothing is removed."
    }
    // also what a table that lost its rows looks like, or the wrong database
    if try await check.hasNoPoses() { return "There are no poses, so nothing is removed." }
    let hasNoPictures = try await check.images.list(after: nil, limit: 1).isEmpty
    return hasNoPictures ? "There are no pictures, so nothing is removed." : nil
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
      report.tell(.good, "Every picture was read in full: \(count).")
    } else {
      report.tell(
        .wrong, "Pictures that differ from their upload: \(damaged.count) of \(count).",
        items: damaged.map { "picture \($0.id): \($0.reason)" })
    }
  }

  private func tellOrphans(
    _ check: PictureCheck, before limit: Int64, mayDiscard: Bool, report: inout DoctorReport
  ) async throws {
    let orphans = try await storage.trash.withoutTrashed(check.orphans(before: limit))
    let line = PictureCheck.line(orphans: orphans)
    if orphans.isEmpty {
      report.tell(.good, "Every picture has a pose.")
    } else if mayDiscard, try await confirms("\(line) Move them to the trash?") {
      // a restore may have begun while the question waited: its pictures are there before their rows
      if let obstacle = try await obstacle(check) { return report.tell(.notice, obstacle) }
      let unnamed = try await check.withoutPose(orphans)
      // rows may have been lost that a backup holds: what is removed now could be the only copy of a picture
      try await storage.trash.discard(unnamed, for: .unreferenced, at: check.clock())
      report.tell(.good, "Pictures without a pose moved to the trash: \(unnamed.count).")
    } else {
      let hint = isWanted ? "" : " `posevault doctor --fix` moves them to the trash."
      report.tell(.notice, line + hint, items: orphans.map(PictureCheck.item(orphan:)))
    }
  }

  private func tellStrays(
    _ check: PictureCheck, before limit: Int64, mayRemove: Bool, report: inout DoctorReport
  ) async throws {
    let found = try await storage.images.strays(before: limit)
    // of a picture that a pose names, these are no leftovers: its line in the list of pictures was lost
    var wanted: [String] = []
    for start in stride(from: 0, to: found.count, by: 500) {
      let page = found[start..<min(start + 500, found.count)]
      let named = try await check.poses.referenced(among: page.compactMap { ImageID(ofStray: $0) })
      wanted += page.filter { ImageID(ofStray: $0).map { named.contains($0) } ?? false }
    }
    if !wanted.isEmpty {
      report.tell(
        .wrong,
        "Pictures that poses name are not in the list of pictures, but their bytes are there: \(wanted.count). "
          + "Nothing removes them; restore the list from a backup.", items: wanted)
    }
    let kept = Set(wanted)
    let strays = found.filter { !kept.contains($0) }
    guard !strays.isEmpty else { return }
    // an old copy of the list of pictures leaves many, which a person should look at
    let isMuch = strays.count > OrphanSweep.limit
    let line =
      isMuch
      ? "Unlisted parts of pictures: \(strays.count), such as \(strays[0]). Interrupted uploads leave fewer; "
        + "an old copy of the list leaves many."
      : "Left by interrupted uploads more than a day ago: \(strays.count), such as \(strays[0])."
    if mayRemove, !(isMuch && isConfirmed), try await confirms("\(line) Remove them?") {
      let removed = try await storage.images.remove(strays: strays)
      report.tell(.good, "Removed leftovers of interrupted uploads: \(removed).")
    } else if !isWanted {
      report.tell(.notice, "\(line) `posevault doctor --fix` removes them.")
    } else {
      report.tell(.notice, isMuch && isConfirmed ? "\(line) To remove them, run this without --yes." : line)
    }
  }

  private func confirms(_ question: String) async throws -> Bool {
    if isConfirmed { return true }
    return try await StandardInput.confirms(question)
  }
}

extension ImageID {
  /// The id in a stray's name in its store; nil if the name contains none.
  fileprivate init?(ofStray name: String) {
    self.init(name.split(separator: "/").last.map { $0.prefix(24) } ?? "")
  }
}
