public import PoseCore

/// An archive that is here, that nothing is in doubt about, and that tells which pictures it lacks.
public struct GoodArchive: Sendable {
  /// When its run began, in seconds since 1970.
  public let startedAt: Int64
  private let lacking: Set<String>

  /// nil where it is not such an archive.
  init?(_ kept: KeptArchive) {
    let archive = kept.archive
    let listed = archive.lost + archive.damaged
    guard kept.isHere, archive.doubts.isEmpty, listed.count >= archive.losses else { return nil }
    startedAt = kept.run.origin.startedAt
    lacking = Set(listed)
  }

  /// Whether it holds the picture whole, if that was in the store when its run began.
  public func isWhole(_ picture: ImageID) -> Bool { !lacking.contains(picture.description) }
}

extension BackupRunner {
  /// The ones that are kept on this machine.
  public func goodArchives() async throws -> [GoodArchive] {
    let now = clock()
    let kept = try await KeptArchives(runs: runs, files: files, host: host).load(at: now)
      .filter { !$0.isFromFuture(at: now) }
    // runs of a repository may name a pack that the newest one found damaged
    let arePacksSound = kept.first?.archive.damagedPacks.isEmpty ?? true
    return kept.filter { arePacksSound || $0.archive.repository == nil }.compactMap(GoodArchive.init)
  }
}
