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

  /// Records archives that exist or existed; they come newest first.
  mutating func note(_ archive: KeptArchive, at now: Int64) {
    guard !archive.isFromFuture(at: now), !archive.isTakenOn else { return }
    if lastGood == nil, !archive.archive.isInDoubt { lastGood = archive }
    guard let moment = archive.archive.acceptedAt else { return }
    // an acceptance is carried on by the archives that lack the same; an older version did not say that of them
    if accepted == nil || accepted?.archive.acceptedAt == moment { accepted = archive }
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
  /// - Parameter folder: checks the copies there instead of the archives themselves.
  func load(copiesIn folder: String? = nil, at now: Int64) async throws -> [KeptArchive] {
    try await loadAll(copiesIn: folder, at: now).kept
  }

  /// The same, with what is known about those that are gone.
  func loadAll(copiesIn folder: String? = nil, at now: Int64) async throws -> RecordedArchives {
    var recorded = RecordedArchives()
    var kept: [KeptArchive] = []
    var seen: Set<String> = []
    var last: Int?
    while case let page = try await runs.backups(before: last, limit: 200), let end = page.last {
      last = end.id
      for run in page {
        guard var archive = run.archive else { continue }
        recorded.note(KeptArchive(run: run, archive: archive, isHere: false), at: now)
        guard seen.insert(archive.path).inserted else { continue }
        if let folder { archive.path = "\(folder)/\(archive.fileName)" }
        if try await files.run({ [archive] in archive.isHere }) {
          kept.append(KeptArchive(run: run, archive: archive))
        } else if folder == nil, run.origin.host != host, now - run.moment < Self.trust {
          kept.append(KeptArchive(run: run, archive: archive, isHere: false))
        }
      }
    }
    recorded.kept =
      kept.filter { !$0.isTakenOn }
      + kept.filter(\.isTakenOn).sorted { ($0.moment, $0.run.id) > ($1.moment, $1.run.id) }
    return recorded
  }

  /// In seconds.
  private static let trust: Int64 = 32 * 86_400
}

extension BackupArchive {
  /// Whether a file with its path and size is on this machine. Blocks.
  var isHere: Bool {
    guard let status = FileStatus(at: path) else { return false }
    return status.isFile && Int64(status.size) == size
  }
}
