import PoseCore

/// An archive that a run has recorded and that still exists.
struct KeptArchive: Sendable, Hashable {
  var run: BackupRun
  /// Its path is that of the copy if copies are being considered.
  var archive: BackupArchive
  /// Whether its file is on this machine.
  var isHere = true

  var moment: Int64 { run.moment }

  /// Whether a different database recorded it first.
  var isTakenOn: Bool { run.origin.pid == BackupOrigin.takenOn }

  /// Whether it counts as scheduled; for adopted ones, nobody knows.
  var isScheduled: Bool { run.origin.claim != nil || isTakenOn }

  /// Whether the clock was wrong when it was made, or is now.
  func isFromFuture(at now: Int64) -> Bool { moment > now + 86_400 }
}

/// The archives that runs have recorded.
struct RecordedArchives: Sendable {
  /// Those that still exist.
  var kept: [KeptArchive] = []
  /// The last one without doubts, whether it still exists or not.
  var lastGood: KeptArchive?
  /// The one that was accepted last, whether it still exists or not.
  var accepted: KeptArchive?
  /// The one that was made last, whether it is still there or not.
  var latest: KeptArchive?

  /// Records archives that exist or existed; they come newest first.
  mutating func note(_ archive: KeptArchive, at now: Int64) {
    guard !archive.isFromFuture(at: now), !archive.isTakenOn else { return }
    if latest == nil { latest = archive }
    if lastGood == nil, !archive.archive.isInDoubt { lastGood = archive }
    guard let moment = archive.archive.acceptedAt else { return }
    // an acceptance is carried on by the archives that lack the same; an older version did not say that of them
    if accepted == nil || accepted?.archive.acceptedAt == moment { accepted = archive }
  }

  /// Adds one that is newer than all that are known, and is there.
  mutating func add(_ archive: KeptArchive) {
    kept.insert(archive, at: 0)
    latest = archive
    if !archive.archive.isInDoubt { lastGood = archive }
  }

  /// The last good one, where the one that was made last is in doubt and nobody has accepted that; nil otherwise.
  func goodBeforeDoubt(at now: Int64) -> KeptArchive? {
    guard let latest, latest.archive.isInDoubt else { return nil }
    return lastGood ?? kept.first { !$0.archive.isInDoubt && !$0.isFromFuture(at: now) }
  }
}

/// Which of the recorded archives still exist.
struct KeptArchives: Sendable {
  let runs: any BackupRuns
  let files: BlockingPool
  let host: String

  /// Newest first, in the order of their runs, which is right even if the clock was wrong; adopted ones come after all
  /// others, by their time. Those of other machines, which can't be checked, only for as long as they are likely to
  /// exist.
  ///
  /// A file counts once, whatever paths lead to it: BACKUP_DIR may be spelled in several ways, or be a link.
  ///
  /// - Parameter folder: looks at the copies there instead of at the archives themselves.
  func load(copiesIn folder: String? = nil, at now: Int64) async throws -> [KeptArchive] {
    try await loadAll(copiesIn: folder, at: now).kept
  }

  /// The same, with what is known about those that are gone.
  func loadAll(copiesIn folder: String? = nil, at now: Int64) async throws -> RecordedArchives {
    var recorded = RecordedArchives()
    var found: [FoundArchive] = []
    var last: Int?
    while case let page = try await runs.backups(before: last, limit: 200), let end = page.last {
      last = end.id
      for run in page {
        guard var archive = run.archive else { continue }
        recorded.note(KeptArchive(run: run, archive: archive, isHere: false), at: now)
        if let folder { archive.path = "\(folder)/\(archive.fileName)" }
        let file = try await files.run { [archive] in archive.file }
        found.append(FoundArchive(archive: KeptArchive(run: run, archive: archive), file: file))
      }
    }
    let kept = pick(from: found, isOfCopies: folder != nil, at: now)
    recorded.kept =
      kept.filter { !$0.isTakenOn }
      + kept.filter(\.isTakenOn).sorted { ($0.moment, $0.run.id) > ($1.moment, $1.run.id) }
    return recorded
  }

  /// What a run has recorded, and the file that is of its path and size here.
  private struct FoundArchive {
    var archive: KeptArchive
    let file: FileStatus.Identity?
  }

  /// Where several runs mean one file, it is the archive of the one that was made here, else of one of another machine,
  /// else of one that was taken on; among these, of the newest.
  private func pick(from found: [FoundArchive], isOfCopies: Bool, at now: Int64) -> [KeptArchive] {
    func rank(_ archive: KeptArchive) -> Int {
      archive.isTakenOn ? 2 : archive.run.origin.host == host ? 0 : 1
    }
    var owners: [FileStatus.Identity: KeptArchive] = [:]
    for candidate in found {
      guard let file = candidate.file else { continue }
      if let owner = owners[file], rank(owner) <= rank(candidate.archive) { continue }
      owners[file] = candidate.archive
    }
    var elsewhere: Set<[String]> = []
    return found.compactMap { candidate in
      var archive = candidate.archive
      if let file = candidate.file, owners[file]?.run.id == archive.run.id { return archive }
      // on another machine, a file of the same path and size is another one; what was taken on is not there twice
      let origin = archive.run.origin
      guard !isOfCopies, origin.host != host, candidate.file == nil || !archive.isTakenOn,
        now - archive.run.moment < Self.trust,
        elsewhere.insert([origin.host, archive.archive.path]).inserted
      else { return nil }
      archive.isHere = false
      return archive
    }
  }

  /// In seconds.
  private static let trust: Int64 = 32 * 86_400
}

extension BackupArchive {
  /// Whether a file of its path and size is on this machine. Blocks.
  var isHere: Bool { file != nil }

  /// The file of its path and size on this machine. Blocks.
  var file: FileStatus.Identity? {
    guard let status = FileStatus(at: path), status.isFile, Int64(status.size) == size else { return nil }
    return status.identity
  }
}
