import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("What is kept")
struct RetentionPlanTests {
  private static let day: Int64 = 86_400
  /// 2025-12-31, a Wednesday, noon.
  private static let now: Int64 = 1_767_182_400

  /// An archive of `days` ago.
  private static func archive(
    _ days: Int64, isScheduled: Bool = true, isTakenOn: Bool = false, size: Int64 = 100, seconds: Int64 = 0,
    doubts: [String] = [], lost: [String] = []
  ) -> KeptArchive {
    let moment = now - days * day + seconds
    let archive = BackupArchive(
      path: "/b/\(days)-\(seconds)-\(isScheduled).zip", size: size, sha256: "",
      counts: BackupCounts(poses: 1, pictures: 1, lostPictures: lost.count, leftOut: 0), isShrunk: false, warnings: [],
      lost: lost, doubts: doubts)
    let claim = isScheduled && !isTakenOn ? ScheduleClaim(dueAt: moment, attempt: 1) : nil
    let run = BackupRun(
      id: Int(10_000 - days * 10 + seconds),
      origin: BackupOrigin(
        host: "a", pid: isTakenOn ? BackupOrigin.takenOn : 1, startedAt: moment, claim: claim),
      heartbeatAt: 0, phase: "", progress: 1, state: .proven(archive, at: moment))
    return KeptArchive(run: run, archive: archive)
  }

  private static func removed(
    _ archives: [KeptArchive], _ rules: RetentionRules, holders: [ImageID: Int] = [:], room: MissingRoom? = nil,
    daysInsideAge: Int = 3, at now: Int64 = now
  ) -> [String] {
    let sorted = archives.sorted { $0.run.id > $1.run.id }
    let plan = RetentionPlan(
      sorted, rules, holders: holders, room: room, daysInsideAge: daysInsideAge, zone: .gmt, at: now)
    return plan.removed.map(\.archive.path)
  }

  private static func room(
    _ bytes: Int64, isForScheduled: Bool = true, frees: @escaping (KeptArchive) -> Bool = { _ in true }
  ) -> MissingRoom {
    MissingRoom(bytes: bytes, isForScheduled: isForScheduled, frees: frees)
  }

  private static func path(_ days: Int64) -> String { "/b/\(days)-0-true.zip" }

  @Test("days, then the newest of each week, then of each month")
  func ages() {
    let archives = (0..<400).map { Self.archive($0) }
    let kept = Set(archives.map(\.archive.path)).subtracting(Self.removed(archives, RetentionRules()))
    // 30 days to 2 December; the weeks that end on Sundays (28 and so on are inside) back to 9 November; months' last days
    var expected = Set((0..<30).map { Self.path($0) })
    for sunday in [Int64](stride(from: 31, through: 45, by: 7)) where sunday > 30 { expected.insert(Self.path(sunday)) }
    let calendar = Calendar(identifier: .gregorian)
    var date = DateComponents(timeZone: .gmt, year: 2025, month: 12, day: 1, hour: 12)
    for _ in 0..<11 {
      let first = calendar.date(from: date) ?? .distantPast
      expected.insert(Self.path((Self.now - Int64(first.timeIntervalSince1970)) / Self.day + 1))
      date.month = (date.month ?? 0) - 1
    }
    #expect(kept == expected, "\(kept.symmetricDifference(expected).sorted())")
  }

  @Test("BACKUP_KEEP counts the days that had a scheduled run, whatever else was made")
  func scheduledDays() {
    let scheduled = (0..<8).map { Self.archive($0) }
    let manual = (1...9).map { Self.archive(0, isScheduled: false, seconds: $0) }
    #expect(
      Self.removed(scheduled + manual, RetentionRules(scheduledDays: 5)) == [5, 6, 7].map { Self.path($0) })
    #expect(Self.removed(manual, RetentionRules(scheduledDays: 1)) == [], "of one day")
  }

  @Test("a machine that was off for a year, or whose clock runs a year ahead, loses nothing")
  func clock() {
    let archives = (0..<10).map { Self.archive($0) }
    #expect(Self.removed(archives, RetentionRules(), at: Self.now + 365 * Self.day) == [])
    // one that was made under such a clock neither counts nor goes
    let ahead = Self.archive(-365)
    let rules = RetentionRules(days: 10, weeks: 0, months: 0)
    #expect(Self.removed(archives + [ahead], rules) == [])
  }

  @Test("the order of the runs tells which is the newest, whatever the clock was")
  func order() {
    let picture = ImageID.generate(at: Self.now - 60 * Self.day)
    var archives = (30..<50).map { Self.archive($0) }
    // made last, under a clock that was half a year behind: the only one that holds the picture
    var behind = Self.archive(180)
    behind.run.id = 20_000
    let rules = RetentionRules(days: 1, weeks: 0, months: 0)
    #expect(!Self.removed(archives + [behind], rules).contains(behind.archive.path), "the newest good one")
    // then the clock was right, and the picture lost
    for index in 0..<4 {
      var archive = Self.archive(Int64(index), lost: [picture.description])
      archive.run.id = 30_000 - index
      archives.append(archive)
    }
    let removed = Self.removed(archives + [behind], rules, holders: [picture: behind.run.id])
    #expect(!removed.contains(behind.archive.path), "the last that holds it whole")
    #expect(removed.count == 20 + 1)
  }

  @Test("never goes: the newest good one, the last whole one of a lost picture, the newest three days")
  func protected() {
    let picture = ImageID.generate(at: Self.now - 100 * Self.day)
    let archives = (0..<20).map { days in
      Self.archive(days, doubts: days < 6 ? ["much is missing"] : [], lost: days < 9 ? [picture.description] : [])
    }
    let rules = RetentionRules(days: 1, weeks: 0, months: 0, maxBytes: 1)
    let removed = Self.removed(archives, rules, holders: [picture: archives[9].run.id], room: Self.room(1 << 40))
    let kept = Set(archives.map(\.archive.path)).subtracting(removed)
    #expect(kept == Set([0, 1, 2, 6, 7, 8, 9].map { Self.path($0) }))
  }

  @Test(
    "nights in doubt push out no good archive, by whatever rule",
    arguments: [
      RetentionRules(days: 5, weeks: 0, months: 0), RetentionRules(scheduledDays: 5),
      RetentionRules(days: 0, weeks: 0, months: 0),
    ])
  func nightsInDoubt(rules: RetentionRules) {
    // six good ones, four without the pictures, and two good ones again
    let archives = (0..<12).map { Self.archive($0, doubts: (2..<6).contains($0) ? ["much is missing"] : []) }
    let removed = Self.removed(archives, rules)
    let good = rules.days == 0 && rules.scheduledDays == nil ? [0, 1, 6] : [0, 1, 6, 7, 8]
    for days in good { #expect(!removed.contains(Self.path(Int64(days)))) }
    #expect(removed.contains(Self.path(9)) && removed.contains(Self.path(11)))
    // those in doubt go as before
    #expect(removed.contains(Self.path(5)))
  }

  @Test("BACKUP_MAX_AGE_DAYS ends good archives once as many days have good ones inside it")
  func ageInDoubt() {
    func night(_ since: Int64) -> [String] {
      // good, then four nights in doubt, then good for so many nights
      let archives = (0..<12).map { days in
        Self.archive(Int64(days), doubts: (since..<since + 4).contains(Int64(days)) ? ["much is missing"] : [])
      }
      return Self.removed(archives, RetentionRules(maxAgeDays: 5))
    }
    #expect(night(2) == [])
    #expect(night(3) == (6..<12).map { Self.path($0) })
  }

  @Test("size and a lack of room thin what lies between, the oldest first")
  func thinning() {
    let archives = (0..<10).map { Self.archive($0) }
    #expect(Self.removed(archives, RetentionRules(maxBytes: 800)) == [8, 9].map { Self.path($0) })
    #expect(Self.removed(archives, RetentionRules(), room: Self.room(150)) == [8, 9].map { Self.path($0) })
    #expect(Self.removed(archives, RetentionRules(), room: Self.room(0)) == [])
  }

  @Test("BACKUP_MAX_AGE_DAYS is an end for all but the newest good one")
  func end() {
    let archives = (0..<10).map { Self.archive($0) }
    #expect(Self.removed(archives, RetentionRules(maxAgeDays: 5)) == (6..<10).map { Self.path($0) })
    // a schedule that has one day inside it
    let old = (20..<25).map { Self.archive($0) } + [Self.archive(0)]
    #expect(
      Self.removed(old, RetentionRules(maxAgeDays: 5), daysInsideAge: 1) == (20..<25).map { Self.path($0) })
  }

  @Test("each line says why")
  func reasons() {
    let archives = (0..<40).map { Self.archive($0) }
    let plan = RetentionPlan(archives, RetentionRules(), holders: [:], zone: .gmt, at: Self.now)
    #expect(plan.lines.count == 40 && plan.lines.allSatisfy { !$0.reason.isEmpty })
    #expect(plan.lines[0].reason == "the newest good one" && plan.lines[1].reason == "one of the newest three days")
  }

  @Test("BACKUP_MAX_AGE_DAYS ends nothing under a clock that has just jumped ahead")
  func endByWrongClock() {
    let archives = (0..<10).map { Self.archive($0) }
    var jumped = archives
    for night in 0..<3 as Range<Int64> {
      var archive = Self.archive(-365 - night)
      archive.run.id = 20_000 + Int(night)
      jumped.append(archive)
      let removed = Self.removed(
        jumped, RetentionRules(maxAgeDays: 30), at: Self.now + (365 + night) * Self.day)
      #expect(removed.count == (night < 2 ? 0 : 10))
    }
  }

  @Test("those that were asked for go first, and no scheduled one because of them")
  func manualFirst() {
    let scheduled = (0..<9).map { Self.archive($0) }
    let manual = (1...12).map { Self.archive(0, isScheduled: false, seconds: $0) }
    let all = scheduled + manual
    func isManual(_ path: String) -> Bool { path.hasSuffix("false.zip") }
    let short = Self.removed(all, RetentionRules(), room: Self.room(500, isForScheduled: false))
    #expect(short.count == 5 && short.allSatisfy(isManual))
    // more than they have: nothing goes, and that run fails
    #expect(Self.removed(all, RetentionRules(), room: Self.room(1200, isForScheduled: false)) == [])
    let night = Self.removed(all, RetentionRules(), room: Self.room(1300))
    #expect(night.filter(isManual).count == 11 && night.filter { !isManual($0) } == [7, 8].map { Self.path($0) })
    let bySize = Self.removed(all, RetentionRules(maxBytes: 900))
    #expect(bySize.count == 11 && bySize.allSatisfy(isManual))
  }

  @Test("room is made on the disk that is short, and only where that suffices")
  func otherDisk() {
    let archives = (0..<10).map { Self.archive($0) }
    let older = Set(archives.suffix(5).map(\.run.id))
    #expect(Self.removed(archives, RetentionRules(), room: Self.room(300) { !older.contains($0.run.id) }) == [])
    let removed = Self.removed(archives, RetentionRules(), room: Self.room(200) { !older.contains($0.run.id) })
    #expect(removed == [3, 4].map { Self.path($0) })
  }

  @Test("BACKUP_KEEP counts the days of archives that were taken on after a disaster")
  func takenOn() {
    let old = (2..<10).map { Self.archive($0, isTakenOn: true) }
    let new = [Self.archive(0), Self.archive(1)]
    #expect(Self.removed(old + new, RetentionRules(scheduledDays: 30)) == [])
    #expect(Self.removed(old + new, RetentionRules(scheduledDays: 8)) == [8, 9].map { Self.path($0) })
    // nor does one that was asked for push out those of its day
    let manual = Self.archive(2, isScheduled: false, seconds: 60)
    #expect(Self.removed(old + new + [manual], RetentionRules()) == [])
  }
}
