import PoseCore

/// Says whether a proven archive holds what it should: compared with the best that is kept, not with the one before,
/// so that nothing is lost little by little.
struct ArchiveJudge: Sendable {
  /// What a few crashes and rotten disks may cost without a person having to say that it is right.
  static let handful = 5
  /// Crashes between a picture and its row leave one each; so many are what lost rows leave.
  static let mostUnreferenced = 100

  /// The archives that are kept, and the last good one also where it is gone; what was made before the one that a person
  /// accepted last, or under a clock that was wrong, does not count.
  private let kept: [BackupArchive]
  /// The last good one, where it is gone.
  private let gone: BackupArchive?
  /// The archive whose losses were accepted last, by a person and not only since.
  private let accepted: BackupArchive?
  /// The last good one, where the one before is in doubt and nobody has accepted that.
  private let goodBeforeDoubt: BackupArchive?
  /// How many pictures of that one the archive lacks; nil where that can't be told.
  private let lacking: Int?

  /// - Parameter lacking: how many pictures of ``RecordedArchives/goodBeforeDoubt(at:)`` the archive lacks; nil where that
  ///   can't be told.
  init(_ recorded: RecordedArchives, lacking: Int? = nil, at now: Int64) {
    self.lacking = lacking
    goodBeforeDoubt = recorded.goodBeforeDoubt(at: now)?.archive
    var believed = recorded.kept.filter { !$0.isFromFuture(at: now) }
    if let accepted = recorded.accepted {
      // taken on are those of before this database
      believed.removeAll { $0.isTakenOn || $0.run.id < accepted.run.id }
    }
    let ids = Set(believed.map(\.run.id))
    accepted = recorded.accepted?.archive
    gone = recorded.lastGood.flatMap { ids.contains($0.run.id) ? nil : $0.archive }
    kept = believed.map(\.archive) + (gone.map { [$0] } ?? [])
  }

  /// Adds what is doubtful about the archive to it.
  func judge(_ archive: inout BackupArchive) {
    archive.newLosses = unaccepted(archive)
    let shrinking = shrinking(archive.counts)
    archive.isShrunk = !shrinking.isEmpty || archive.counts.poses == 0
    archive.doubts = shrinking + losses(archive) + unreferenced(archive.counts) + packs(archive)
    if archive.doubts.isEmpty { archive.doubts = standing(archive) }
    let known = accepted(archive)
    if archive.doubts.isEmpty, !known.isEmpty {
      archive.doubts = known.map { $0 + "; a person has accepted that." }
      archive.acceptedAt = accepted?.acceptedAt
      archive.isAcceptanceCarried = true
    }
  }

  private func shrinking(_ counts: BackupCounts) -> [String] {
    let measures: [(noun: String, rest: String, of: (BackupCounts) -> Int64)] = [
      ("pose", "", { Int64($0.poses) }), ("picture", "", { Int64($0.pictures) }),
      ("byte", " of pictures", { $0.pictureBytes }),
    ]
    return measures.compactMap { noun, rest, measure in
      guard let best = kept.max(by: { measure($0.counts) < measure($1.counts) }) else { return nil }
      let now = measure(counts)
      let before = measure(best.counts)
      // of an archive of an older version, the bytes are not known
      guard now < before - now else { return nil }
      let what = "\(Count.text(now, noun))\(rest)"
      let name = best == gone ? "the last good one, which is gone" : "the best archive that is kept"
      return "It holds \(what), less than half of the \(before) in \(best.fileName), \(name)."
    }
  }

  /// What is still missing since the one before was in doubt: a doubt ends when all is back, or a person accepts it, and not
  /// because new uploads make up for what was lost.
  private func standing(_ archive: BackupArchive) -> [String] {
    guard let good = goodBeforeDoubt else { return [] }
    let (now, before) = (archive.counts, good.counts)
    var lines: [String] = []
    // what was in the trash then may have been removed since
    let pictures = lacking ?? before.pictures - now.pictures
    if pictures > before.trashedPictures {
      lines.append("lacks \(Count.text(pictures, "picture")) of \(good.fileName), the last good one")
    }
    // a pose that a person deletes goes to the trash with its picture
    if before.poses - now.poses - now.trashedPictures > Self.handful {
      let poses = "\(Count.text(now.poses, "pose")) instead of the \(before.poses)"
      lines.append("holds \(poses) in \(good.fileName), the last good one")
    }
    let losses = newLosses(archive)
    if losses > newLosses(good) { lines.append("has \(Count.text(losses, "lost or damaged picture"))") }
    if now.unreferencedPictures - before.unreferencedPictures > Self.handful {
      lines.append("has \(Count.text(now.unreferencedPictures, "picture")) without a pose")
    }
    return lines.map { "The backup before was in doubt, and this one still \($0)." }
  }

  private func losses(_ archive: BackupArchive) -> [String] {
    let counts = archive.counts
    let unnamed = counts.unreferencedPictures + counts.trashedPictures
    // an archive that is taken on doesn't tell which of the newest are named
    let all = archive.namedPictures ?? counts.pictures - unnamed + counts.lostPictures
    // damaged ones may be among those that no pose names
    let aside = Set(archive.unnamed)
    let named = unaccepted(archive).count { !aside.contains($0) }
    guard newLosses(archive) > Self.handful || named > 1 && named * 2 >= all else { return [] }
    return [Self.text(losses: archive.losses) + "."]
  }

  /// Those that nobody has accepted yet.
  private func newLosses(_ archive: BackupArchive) -> Int {
    guard let accepted else { return archive.losses }
    // beyond the listed ones there are only numbers
    let unlisted =
      max(archive.losses - archive.lost.count - archive.damaged.count, 0)
      - max(accepted.losses - accepted.lost.count - accepted.damaged.count, 0)
    return unaccepted(archive).count + max(unlisted, 0)
  }

  private func unaccepted(_ archive: BackupArchive) -> [String] {
    let known = Set((accepted?.lost ?? []) + (accepted?.damaged ?? []))
    return (archive.lost + archive.damaged).filter { !known.contains($0) }
  }

  /// Old runs that can't be restored whole: what is deleted meanwhile is in no other archive.
  private func packs(_ archive: BackupArchive) -> [String] {
    let known = Set(accepted?.damagedPacks ?? [])
    let new = archive.damagedPacks.count { !known.contains($0) }
    return new > 0 ? [Self.text(packs: archive.damagedPacks.count) + "."] : []
  }

  /// What of an archive's losses a person has accepted, where there are no others.
  private func accepted(_ archive: BackupArchive) -> [String] {
    guard accepted != nil else { return [] }
    var known: [String] = []
    let old = archive.losses - newLosses(archive)
    if old > 0 { known.append(Self.text(losses: old)) }
    if !archive.damagedPacks.isEmpty { known.append(Self.text(packs: archive.damagedPacks.count)) }
    return known
  }

  private func unreferenced(_ counts: BackupCounts) -> [String] {
    let before = accepted?.counts.unreferencedPictures ?? 0
    guard counts.unreferencedPictures - before > Self.mostUnreferenced else { return [] }
    return ["\(counts.unreferencedPictures) pictures are named by no pose: poses may have been lost."]
  }

  private static func text(losses: Int) -> String {
    losses == 1 ? "1 picture is lost or damaged" : "\(losses) pictures are lost or damaged"
  }

  private static func text(packs: Int) -> String {
    let verb = packs == 1 ? "is" : "are"
    return
      "\(Count.text(packs, "pack")) of the repository \(verb) missing or damaged: older backups that are kept need "
      + (packs == 1 ? "it" : "them")
  }
}
