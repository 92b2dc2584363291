import Foundation
import PoseCore

/// What becomes of each archive under the rules: a function of the archives, the rules and the time, which touches
/// nothing.
///
/// Archives are counted by the days that have a good one, not by their age: a machine that was off for long, whose clock
/// ran ahead, or whose stores were in doubt for many nights, loses none by that.
struct RetentionPlan: Sendable {
  struct Line: Sendable, Hashable {
    let archive: KeptArchive
    let isKept: Bool
    /// Why, for a person.
    let reason: String
  }

  /// The newest first.
  let lines: [Line]

  var removed: [KeptArchive] { lines.filter { !$0.isKept }.map(\.archive) }
  var keptBytes: Int64 { lines.filter(\.isKept).reduce(0) { $0 + $1.archive.archive.size } }

  /// - Parameters:
  ///   - archives: the newest first.
  ///   - holders: for each picture that is lost or damaged in the stores, and that nobody has given up, the run of the
  ///     last archive that holds it whole.
  ///   - room: what must become free beyond what the rules say, because the disk is short.
  ///   - daysInsideAge: an end by age is believed once so many days that lie inside it have a good archive: a clock that
  ///     ran ahead has one, and nights in doubt have none.
  init(
    _ archives: [KeptArchive], _ rules: RetentionRules, holders: [ImageID: Int], room: MissingRoom? = nil,
    daysInsideAge: Int = 3, zone: TimeZone, at now: Int64
  ) {
    var sorting = Sorting(archives, rules, zone: zone, at: now)
    sorting.protectBest(holders: holders)
    sorting.keepByRules()
    sorting.thinBySize()
    if let room { sorting.thin(for: room) }
    sorting.endByAge(daysInside: daysInsideAge)
    lines = archives.map { sorting.line($0) }
  }

  private struct Sorting {
    let archives: [KeptArchive]
    let rules: RetentionRules
    let clock: ZoneClock
    let now: Int64
    /// Those whose time can be believed, the newest first.
    let believed: [KeptArchive]
    /// By run: why it is kept.
    var reasons: [Int: String] = [:]
    /// By run: why it is removed although the rules would keep it.
    var ends: [Int: String] = [:]
    var protected: Set<Int> = []
    var newestGood: Int?

    init(_ archives: [KeptArchive], _ rules: RetentionRules, zone: TimeZone, at now: Int64) {
      self.archives = archives
      self.rules = rules
      self.now = now
      clock = ZoneClock(zone)
      believed = archives.filter { !$0.isFromFuture(at: now) }
    }

    func day(_ archive: KeptArchive) -> Int64 { clock.wall(at: archive.moment).floorDivided(by: 86_400) }

    /// Weeks begin on Mondays; the first day of 1970 was a Thursday.
    func week(_ archive: KeptArchive) -> Int64 { (day(archive) + 3).floorDivided(by: 7) }

    func month(_ archive: KeptArchive) -> Int64 {
      let date = CivilDate(clock.wall(at: archive.moment))
      return Int64(date.year * 12 + date.month)
    }

    mutating func keep(_ archive: KeptArchive, _ reason: String, protects: Bool = false) {
      if protects { protected.insert(archive.run.id) }
      if reasons[archive.run.id] == nil { reasons[archive.run.id] = reason }
    }

    mutating func protectBest(holders: [ImageID: Int]) {
      if let best = believed.first(where: { !$0.archive.isInDoubt }) ?? believed.first {
        newestGood = best.run.id
        keep(best, best.archive.isInDoubt ? "the newest one" : "the newest good one", protects: true)
      }
      for (picture, run) in holders.sorted(by: { $0.key < $1.key }) {
        guard let holder = archives.first(where: { $0.run.id == run }) else { continue }
        keep(holder, "the last one with an intact copy of the picture \(picture)", protects: true)
      }
      let newest = firstKeys(3, of: believed, by: day)
      let newestGoodDays = firstKeys(3, of: believed.filter { !$0.archive.isInDoubt }, by: day)
      for group in groups() {
        for archive in representatives(of: group, newest, by: day) {
          keep(archive, "one of the newest three days", protects: true)
        }
        for archive in representatives(of: group, newestGoodDays, by: day) where !archive.archive.isInDoubt {
          keep(archive, "one of the newest three good days", protects: true)
        }
      }
      for archive in believed where newest.contains(day(archive)) { keep(archive, "of the newest three days") }
      for archive in archives where archive.isFromFuture(at: now) {
        keep(archive, "made while the clock was wrong", protects: true)
      }
    }

    mutating func keepByRules() {
      if let count = rules.scheduledDays {
        let scheduled = believed.filter(\.isScheduled)
        let counted = scheduled.isEmpty ? believed : scheduled
        let good = counted.filter { !$0.archive.isInDoubt }
        for isGood in [true, false] {
          guard let first = firstKeys(count, of: isGood ? good : counted, by: day).min() else { continue }
          for archive in believed where day(archive) >= first && archive.archive.isInDoubt != isGood {
            keep(archive, "within the \(count) days kept")
          }
        }
        return
      }
      // manual ones push out nothing that was scheduled
      for group in groups() {
        keepNewest(rules.days, of: group, by: day, "day")
        keepNewest(rules.weeks, of: group, by: week, "week")
        keepNewest(rules.months, of: group, by: month, "month")
      }
    }

    private mutating func keepNewest(
      _ count: Int, of group: [KeptArchive], by key: (KeptArchive) -> Int64, _ name: String
    ) {
      // those in doubt push out no good one, and have places of their own
      for counted in [group.filter { !$0.archive.isInDoubt }, group] {
        for archive in representatives(of: counted, firstKeys(count, of: counted, by: key), by: key) {
          keep(archive, "the one of its \(name)")
        }
      }
    }

    /// Removes what nothing protects until all fit; those that somebody asked for first, the oldest first, and none that
    /// was scheduled because of them.
    mutating func thinBySize() {
      guard let limit = rules.maxBytes else { return }
      var excess = bytes { _ in true } - limit
      for archive in thinnable where !archive.isScheduled && excess > 0 {
        ends[archive.run.id] = "beyond BACKUP_KEEP_GB"
        excess -= archive.archive.size
      }
      excess = bytes(where: \.isScheduled) - limit
      for archive in thinnable where archive.isScheduled && excess > 0 {
        ends[archive.run.id] = "beyond BACKUP_KEEP_GB"
        excess -= archive.archive.size
      }
    }

    /// Removes what nothing protects until there is room, and nothing where that does not suffice.
    mutating func thin(for room: MissingRoom) {
      let gone = archives.filter { !isKept($0) && room.frees($0) }
      var missing = room.bytes - gone.reduce(0) { $0 + $1.archive.size }
      var picked: [KeptArchive] = []
      for isScheduled in room.isForScheduled ? [false, true] : [false] {
        for archive in thinnable where archive.isScheduled == isScheduled && room.frees(archive) && missing > 0 {
          picked.append(archive)
          missing -= archive.archive.size
        }
      }
      guard missing <= 0 else { return }
      for archive in picked { ends[archive.run.id] = "to free disk space" }
    }

    /// The oldest first.
    private var thinnable: [KeptArchive] {
      archives.reversed().filter { isKept($0) && !protected.contains($0.run.id) }
    }

    private func isKept(_ archive: KeptArchive) -> Bool {
      reasons[archive.run.id] != nil && ends[archive.run.id] == nil
    }

    private func bytes(where counts: (KeptArchive) -> Bool) -> Int64 {
      archives.filter { isKept($0) && counts($0) }.reduce(0) { $0 + $1.archive.size }
    }

    mutating func endByAge(daysInside: Int) {
      guard let days = rules.maxAgeDays else { return }
      func isOld(_ archive: KeptArchive) -> Bool { now - archive.moment > Int64(days) * 86_400 }
      let young = believed.filter { !isOld($0) && !$0.archive.isInDoubt }
      guard Set(young.map(day)).count >= daysInside else { return }
      for archive in archives where archive.run.id != newestGood && isOld(archive) {
        ends[archive.run.id] = "older than BACKUP_MAX_AGE_DAYS"
      }
    }

    func line(_ archive: KeptArchive) -> Line {
      if let end = ends[archive.run.id] { return Line(archive: archive, isKept: false, reason: end) }
      guard let reason = reasons[archive.run.id] else {
        return Line(archive: archive, isKept: false, reason: "older than what is kept (\(rules.text))")
      }
      return Line(archive: archive, isKept: true, reason: reason)
    }

    private func groups() -> [[KeptArchive]] {
      [believed.filter(\.isScheduled), believed.filter { !$0.isScheduled }]
    }

    private func firstKeys(
      _ count: Int, of archives: [KeptArchive], by key: (KeptArchive) -> Int64
    ) -> Set<Int64> {
      var keys: Set<Int64> = []
      for archive in archives where keys.count < count { keys.insert(key(archive)) }
      return keys
    }

    /// For each key the newest that is not in doubt, else the newest.
    private func representatives(
      of group: [KeptArchive], _ keys: Set<Int64>, by key: (KeptArchive) -> Int64
    ) -> [KeptArchive] {
      keys.compactMap { wanted in
        let same = group.filter { key($0) == wanted }
        return same.first { !$0.archive.isInDoubt } ?? same.first
      }
    }
  }
}

extension Int64 {
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
    return rest < 0 ? quotient - 1 : quotient
  }
}

/// What a run lacks on the disk of the archives.
struct MissingRoom {
  let bytes: Int64
  /// Whether the run is one of the schedule: for another, none that was scheduled goes.
  let isForScheduled: Bool
  /// Whether the removal of an archive makes room on that disk.
  let frees: (KeptArchive) -> Bool
}

/// For how long archives are kept.
public struct RetentionRules: Sendable, Hashable {
  /// For how many of the newest days, weeks and months that have an archive one is kept.
  public var days: Int
  public var weeks: Int
  public var months: Int
  /// BACKUP_KEEP, which alone counts where it is set: the newest days that had a scheduled run.
  public var scheduledDays: Int?
  /// Of all archives together.
  public var maxBytes: Int64?
  /// The hard end, for who must promise one.
  public var maxAgeDays: Int?

  public init(
    days: Int = 30, weeks: Int = 8, months: Int = 12, scheduledDays: Int? = nil, maxBytes: Int64? = nil,
    maxAgeDays: Int? = nil
  ) {
    self.days = days
    self.weeks = weeks
    self.months = months
    self.scheduledDays = scheduledDays
    self.maxBytes = maxBytes
    self.maxAgeDays = maxAgeDays
  }

  /// For a person: what is kept.
  public var text: String {
    var parts: [String]
    if let scheduledDays {
      parts = ["\(scheduledDays) days kept"]
    } else {
      parts = ["\(days) days, \(weeks) weeks and \(months) months kept"]
    }
    if let maxBytes { parts.append("\(maxBytes / 1_000_000_000) GB at most") }
    if let maxAgeDays { parts.append("none older than \(maxAgeDays) days") }
    return parts.joined(separator: ", ")
  }
}
