import Foundation
public import PoseCore

extension BackupRunner {
  /// The archives and copies that hold a picture which was erased just now, or may hold it, the newest first, and when the
  /// rules remove each.
  ///
  /// Those on this machine are looked into; others count as soon as they were made after it.
  ///
  /// - Parameter picture: nil for a pose whose picture has no id, which any may hold.
  public func holders(of picture: ImageID?) async throws -> [ArchiveHolder] {
    let now = clock()
    let kept = KeptArchives(runs: runs, files: files, host: host)
    var holders: [ArchiveHolder] = []
    let folders: [String?] = [nil] + (rules.copyFolder.map { [$0] } ?? [])
    for folder in folders {
      let archives = try await kept.load(copiesIn: folder, at: now)
      let ends = RetentionForecast.ends(of: archives, rules, at: now)
      for archive in archives {
        try Task.checkCancellation()
        guard try await files.run({ archive.mayHold(picture) }) else { continue }
        let isPacked = archive.archive.repository != nil
        holders.append(
          ArchiveHolder(
            path: archive.archive.path, host: archive.isHere ? nil : archive.run.origin.host,
            // packs go when no run names any picture in them, which nobody can foretell
            until: isPacked ? nil : ends[archive.run.id]))
      }
    }
    return holders
  }

  /// Whether a run is under way, whose archive may come to hold what is erased meanwhile.
  public func isUnderWay() async throws -> Bool {
    try await runs.backups(before: nil, limit: 1).first.map { $0.state == .running && !$0.isSilent(at: clock()) }
      ?? false
  }

  /// Whether archives keep their pictures in packs.
  public var hasRepository: Bool { rules.repository != nil }
}

/// When the rules will remove archives, if backups go on as they are scheduled and are good.
enum RetentionForecast {
  /// By run, in seconds since 1970; those that are not removed within ``horizon`` are left out.
  static func ends(of archives: [KeptArchive], _ rules: BackupRules, at now: Int64) -> [Int: Int64] {
    var ends: [Int: Int64] = [:]
    var kept = archives
    var time = now
    var number = -1
    let isScheduled = rules.schedule.nextRun(after: now, in: rules.zone) != nil
    while ends.count < archives.count, time < now + horizon {
      // rules count days, so one run a day tells as much as all
      let after = time == now ? now : time + day - 7200
      // a schedule that is never due takes long to say so
      time = isScheduled ? rules.schedule.nextRun(after: after, in: rules.zone) ?? time + day : time + day
      if isScheduled, let template = archives.first {
        kept.insert(future(template, number: number, at: time), at: 0)
        number -= 1
      }
      let plan = RetentionPlan(
        kept, rules.retention, holders: [:],
        daysInsideAge: isScheduled ? rules.dueDays(atMost: 3, insideAgeAt: time) : 0,
        zone: rules.zone, at: time)
      let removed = Set(plan.removed.map(\.run.id))
      for id in removed where id > 0 { ends[id] = time }
      kept.removeAll { removed.contains($0.run.id) }
    }
    return ends
  }

  private static func future(_ archive: KeptArchive, number: Int, at time: Int64) -> KeptArchive {
    var next = archive
    next.run.id = number
    next.run.origin = BackupOrigin(
      host: archive.run.origin.host, pid: 1, startedAt: time, claim: ScheduleClaim(dueAt: time, attempt: 1))
    next.archive.doubts = []
    next.archive.acceptedAt = nil
    next.archive.lost = []
    next.archive.damaged = []
    return next
  }

  /// In seconds.
  static let horizon: Int64 = 3 * 366 * day
  private static let day: Int64 = 86_400
}

extension KeptArchive {
  /// Whether the picture, or a row that names it, is there, or may be. Blocks.
  fileprivate func mayHold(_ picture: ImageID?) -> Bool {
    guard let picture else { return true }
    guard isHere else { return picture.seconds <= run.finishedAt ?? .max }
    // of very many lost pictures only the first ones are listed; the rows of all of them are there
    let listed = archive.lost + archive.damaged
    guard !listed.contains(picture.description), listed.count >= archive.losses else { return true }
    var isThere = false
    do {
      try archive.readPictures { found, _ in isThere = isThere || found == picture }
      return isThere
    } catch {
      return true
    }
  }
}
