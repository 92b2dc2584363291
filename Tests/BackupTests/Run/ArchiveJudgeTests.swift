import PoseCore
import Testing

@testable import Backup

@Suite("Whether an archive is in doubt")
struct ArchiveJudgeTests {
  private static let now: Int64 = 2_000_000_000

  private static func archive(
    poses: Int = 100, pictures: Int = 100, bytes: Int64 = 1000, lost: [String] = [], damaged: [String] = [],
    packs: [String] = [], unreferenced: Int = 0, acceptedAt: Int64? = nil, doubts: [String] = []
  ) -> BackupArchive {
    BackupArchive(
      path: "/b/2025-12-10-backup.zip", size: 1, sha256: "",
      counts: BackupCounts(
        poses: poses, pictures: pictures, lostPictures: lost.count, leftOut: 0, damagedPictures: damaged.count,
        unreferencedPictures: unreferenced, pictureBytes: bytes),
      isShrunk: false, warnings: [], lost: lost, damaged: damaged, damagedPacks: packs,
      doubts: doubts, acceptedAt: acceptedAt)
  }

  /// - Parameters:
  ///   - kept: the newest first.
  ///   - gone: older ones that are not there any more.
  private static func judged(
    _ archive: BackupArchive, _ kept: [BackupArchive], gone: [BackupArchive] = [], lacking: Int? = nil
  ) -> BackupArchive {
    var recorded = RecordedArchives()
    for (index, archive) in (kept + gone).enumerated() {
      let run = BackupRun(
        id: 100 - index,
        origin: BackupOrigin(host: "a", pid: 1, startedAt: now - Int64(index) * 86_400, claim: nil), heartbeatAt: 0,
        phase: "", progress: 1, state: .proven(archive, at: now))
      recorded.note(KeptArchive(run: run, archive: archive), at: now)
      if index < kept.count { recorded.kept.append(KeptArchive(run: run, archive: archive)) }
    }
    var archive = archive
    ArchiveJudge(recorded, lacking: lacking, at: now).judge(&archive)
    return archive
  }

  private static let names = (0..<30).map { "picture \($0)" }

  @Test("the first one is not, even if it is empty")
  func first() {
    #expect(Self.judged(Self.archive(), []).doubts == [])
    let empty = Self.judged(Self.archive(poses: 0, pictures: 0, bytes: 0), [])
    #expect(empty.doubts == [] && empty.isShrunk)
  }

  @Test("less than half of the poses, the pictures or the bytes of the best one that is kept")
  func shrunk() {
    #expect(Self.judged(Self.archive(poses: 50), [Self.archive()]).doubts == [])
    #expect(Self.judged(Self.archive(poses: 49), [Self.archive()]).isInDoubt)
    #expect(Self.judged(Self.archive(pictures: 0, bytes: 0), [Self.archive()]).isInDoubt)
    #expect(Self.judged(Self.archive(bytes: 400), [Self.archive()]).isInDoubt)
    // little by little: the best counts, not the last
    let kept = [Self.archive(poses: 60), Self.archive(poses: 80), Self.archive(poses: 130)]
    let judged = Self.judged(Self.archive(poses: 59), kept)
    #expect(judged.isInDoubt && judged.isShrunk && judged.doubts[0].contains("130"))
  }

  @Test("what an older version kept without its bytes is no reason")
  func older() {
    #expect(Self.judged(Self.archive(bytes: 5), [Self.archive(bytes: 0)]).doubts == [])
  }

  @Test("more than a handful of lost and damaged pictures, or half of all")
  func losses() {
    #expect(Self.judged(Self.archive(lost: Array(Self.names.prefix(5))), [Self.archive()]).doubts == [])
    let many = Self.archive(lost: Array(Self.names.prefix(3)), damaged: Array(Self.names.suffix(3)))
    #expect(Self.judged(many, [Self.archive()]).isInDoubt)
    #expect(Self.judged(Self.archive(poses: 4, pictures: 2, lost: ["a", "b"]), []).isInDoubt)
    #expect(Self.judged(Self.archive(poses: 1, pictures: 1, lost: ["a"]), []).doubts == [])
    // those that no pose names are none of them
    var strays = Self.archive(poses: 4, pictures: 12, lost: ["a", "b"])
    #expect(strays.counts.unreferencedPictures == 0 && !Self.judged(strays, []).isInDoubt)
    strays.counts.unreferencedPictures = 10
    #expect(Self.judged(strays, []).isInDoubt)
    // nor are damaged ones
    strays = Self.archive(poses: 4, pictures: 12, damaged: ["a", "b"])
    strays.counts.trashedPictures = 8
    #expect(Self.judged(strays, []).isInDoubt)
    strays.unnamed = ["b"]
    #expect(!Self.judged(strays, []).isInDoubt)
  }

  @Test("a single damaged pack that a kept run names, until a person has accepted that one")
  func packs() {
    let judged = Self.judged(Self.archive(packs: ["a"]), [Self.archive()])
    #expect(judged.isInDoubt && judged.doubts[0].hasPrefix("1 pack of the repository is missing or damaged"))
    let accepted = Self.archive(packs: ["a"], acceptedAt: Self.now - 60, doubts: judged.doubts)
    let known = Self.judged(Self.archive(packs: ["a"]), [accepted])
    #expect(!known.isInDoubt && known.acceptedAt == Self.now - 60 && known.doubts[0].contains("accepted"))
    #expect(Self.judged(Self.archive(packs: ["a", "b"]), [accepted]).isInDoubt)
    // the runs that needed it are gone
    #expect(Self.judged(Self.archive(), [accepted]).doubts == [])
  }

  @Test("pictures that no pose names by the hundred, which lost poses leave")
  func unreferenced() {
    #expect(Self.judged(Self.archive(unreferenced: 100), []).doubts == [])
    #expect(Self.judged(Self.archive(unreferenced: 101), []).isInDoubt)
  }

  @Test("once accepted, older ones don't count, and the same losses are accepted; new ones are not")
  func accepted() {
    let shrunk = Self.archive(poses: 10, pictures: 10, bytes: 100, acceptedAt: 7, doubts: ["x"])
    #expect(Self.judged(Self.archive(poses: 9, pictures: 9, bytes: 90), [shrunk, Self.archive()]).doubts == [])
    #expect(Self.judged(Self.archive(poses: 4, pictures: 4, bytes: 40), [shrunk, Self.archive()]).isInDoubt)

    let lost = Array(Self.names.prefix(10))
    let withLosses = Self.archive(lost: lost, acceptedAt: 7, doubts: ["x"])
    let same = Self.judged(Self.archive(lost: lost), [withLosses])
    #expect(!same.isInDoubt && same.acceptedAt == 7 && !same.doubts.isEmpty)
    let next = Self.judged(Self.archive(lost: lost), [same, withLosses])
    #expect(next.acceptedAt == 7, "and so on every night")
    #expect(Self.judged(Self.archive(lost: Array(Self.names.prefix(16))), [same, withLosses]).isInDoubt)
    #expect(Self.judged(Self.archive(), [same, withLosses]).doubts == [], "they are back")
  }

  @Test("what a person accepted is not what is lost later, however little each night")
  func acceptedOnce() {
    let accepted = Self.archive(lost: Array(Self.names.prefix(8)), acceptedAt: 7, doubts: ["x"])
    var kept = [accepted, Self.archive()]
    for count in 9...13 {
      let next = Self.judged(Self.archive(lost: Array(Self.names.prefix(count))), kept)
      #expect(!next.isInDoubt && next.acceptedAt == 7 && next.isAcceptanceCarried)
      #expect(next.doubts == ["8 pictures are lost or damaged; a person has accepted that."])
      #expect(next.openLosses == Array(Self.names[8..<count]))
      kept.insert(next, at: 0)
    }
    let beyond = Self.archive(lost: Array(Self.names.prefix(14)))
    #expect(Self.judged(beyond, kept).isInDoubt)
    #expect(Self.judged(beyond, Array(kept.prefix(2)), gone: Array(kept.dropFirst(2))).isInDoubt, "the file is gone")
    #expect(accepted.openLosses == [])
  }

  @Test("nor is a store that shrinks on")
  func shrinksOn() {
    let accepted = Self.archive(poses: 90, acceptedAt: 7, doubts: ["x"])
    var kept = [accepted, Self.archive(poses: 200)]
    for poses in [60, 45] {
      let next = Self.judged(Self.archive(poses: poses), kept)
      #expect(!next.isInDoubt)
      kept.insert(next, at: 0)
    }
    #expect(Self.judged(Self.archive(poses: 44), kept).isInDoubt)
  }

  @Test("a doubt that nobody accepts stays until all is back, whatever was uploaded meanwhile")
  func standing() {
    let good = Self.archive(poses: 40, pictures: 40)
    let doubted = Self.archive(poses: 16, pictures: 16, doubts: ["x"])
    // six uploads later it is more than half
    let uploads = Self.judged(Self.archive(poses: 22, pictures: 22), [doubted, good], lacking: 24)
    #expect(uploads.isInDoubt && !uploads.isShrunk)
    #expect(
      uploads.doubts == [
        "The backup before was in doubt, and this one still lacks 24 pictures of 2025-12-10-backup.zip, the last good one.",
        "The backup before was in doubt, and this one still holds 22 poses instead of the 40 in 2025-12-10-backup.zip, "
          + "the last good one.",
      ])
    // as many as before, but not the same ones
    #expect(Self.judged(Self.archive(poses: 40, pictures: 40), [doubted, good], lacking: 24).isInDoubt)
    #expect(Self.judged(Self.archive(poses: 40, pictures: 40), [doubted, good], lacking: 0).doubts == [])
    // where the good one can't be looked into, by number
    #expect(Self.judged(Self.archive(poses: 40, pictures: 39), [doubted], gone: [good]).isInDoubt)
    #expect(Self.judged(Self.archive(poses: 40, pictures: 40), [doubted], gone: [good]).doubts == [])
    // it was accepted, or there never was a good one
    let accepted = Self.archive(poses: 16, pictures: 16, acceptedAt: 7, doubts: ["x"])
    #expect(Self.judged(Self.archive(poses: 22, pictures: 22), [accepted, good], lacking: 24).doubts == [])
    #expect(Self.judged(Self.archive(poses: 22, pictures: 22), [doubted]).doubts == [])
  }

  @Test("what a person deletes while the backups are in doubt does not keep them so")
  func deletedInDoubt() {
    var good = Self.archive(poses: 40, pictures: 43)
    good.counts.trashedPictures = 3
    let doubted = Self.archive(poses: 40, pictures: 0, doubts: ["x"])
    // ten more lie in the trash, and three were removed from it
    var later = Self.archive(poses: 30, pictures: 40)
    later.counts.trashedPictures = 10
    #expect(Self.judged(later, [doubted, good], lacking: 3).doubts == [])
    #expect(Self.judged(later, [doubted, good], lacking: 4).isInDoubt)
  }

  @Test("more uploads make up for no lost pictures once they were in doubt")
  func lossesStand() {
    let good = Self.archive(poses: 4, pictures: 4)
    let doubted = Self.archive(poses: 4, pictures: 2, lost: ["a", "b"], doubts: ["x"])
    let later = Self.judged(Self.archive(poses: 5, pictures: 3, lost: ["a", "b"]), [doubted, good], lacking: 2)
    #expect(later.isInDoubt && later.doubts.last?.contains("2 lost or damaged pictures") == true)
    // nor do poses come back because few of their pictures were in doubt
    let rowsGone = Self.archive(unreferenced: 101, doubts: ["x"])
    #expect(Self.judged(Self.archive(unreferenced: 50), [rowsGone, Self.archive()], lacking: 0).isInDoubt)
  }

  @Test("half of all pictures with poses: those without one count for nothing, however new")
  func named() {
    // six of ten pictures have no pose yet that anybody knows of
    var archive = Self.archive(poses: 4, pictures: 10, damaged: ["a", "b"])
    archive.namedPictures = 4
    #expect(Self.judged(archive, []).isInDoubt)
    archive.namedPictures = 5
    #expect(!Self.judged(archive, []).isInDoubt)
  }

  @Test("the last good one counts also where no archive is left")
  func withoutArchives() {
    let gone = [Self.archive(poses: 40, pictures: 40), Self.archive(poses: 900)]
    let empty = Self.judged(Self.archive(poses: 0, pictures: 0, bytes: 0), [], gone: gone)
    #expect(empty.isInDoubt && empty.doubts[0].contains("which is gone"))
    #expect(Self.judged(Self.archive(poses: 20, pictures: 20), [], gone: gone).doubts == [])
    // the one before was in doubt itself
    let doubted = Self.archive(poses: 1, doubts: ["x"])
    #expect(Self.judged(Self.archive(poses: 1), [], gone: [doubted] + gone).isInDoubt)
  }
}
