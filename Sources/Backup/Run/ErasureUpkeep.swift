public import PoseCore

/// Keeps the ledger in the pose database and the files next to the archives in sync, and finishes pending erasures.
///
/// So a database that was restored by other means, or taken over, forgets what was erased as soon as a server checks.
public struct ErasureUpkeep: Sendable {
  let ledger: any ErasureLedger
  let images: any ImageStore
  let runner: BackupRunner

  public struct Report: Sendable, Hashable {
    /// Entries that were only in files next to the archives.
    public var learned = 0
    public var removedPoses = 0
    public var removedPictures = 0
    /// What could not be read or written, one line each.
    public var faults: [String] = []

    public init() {}
  }

  /// - Parameter images: the store itself, in which pictures in the trash are visible, too.
  public init(ledger: any ErasureLedger, images: any ImageStore, runner: BackupRunner) {
    self.ledger = ledger
    self.images = images
    self.runner = runner
  }

  /// Throws the stores' errors; problems with a folder are reported.
  public func run() async throws -> Report {
    var report = Report()
    for marker in runner.markers {
      let file = ErasureFile(in: marker.path)
      do {
        let contents = try await runner.files.run { try file.read() }
        report.learned += try await ledger.record(contents.erasures)
        if contents.damagedLines > 0 { report.faults.append(Self.damage(file, contents.damagedLines)) }
      } catch let error as PoseVaultError where error.code == .fileSystem {
        report.faults.append(error.message)
      }
    }
    let removed = try await ledger.applyPending(to: images)
    report.removedPoses = removed.poses
    report.removedPictures = removed.pictures
    report.faults += try await write()
    return report
  }

  /// Writes what is missing in the files; returns one line for each that can't be written.
  public func write() async throws -> [String] {
    let all = try await allErasures()
    // where nothing was ever erased, no folder is made
    guard !all.isEmpty else { return [] }
    var faults: [String] = []
    for marker in runner.markers {
      if let problem = try await marker.prepare().problem {
        faults.append(problem)
        continue
      }
      do {
        try await runner.files.run { try ErasureFile(in: marker.path).add(all) }
      } catch let error as PoseVaultError where error.code == .fileSystem {
        faults.append(error.message)
      }
    }
    return faults
  }

  private func allErasures() async throws -> [Erasure] {
    var all: [Erasure] = []
    while case let page = try await ledger.erasures(after: all.last?.id, limit: 1000, isPending: false), !page.isEmpty {
      all += page
    }
    return all
  }

  static func damage(_ file: ErasureFile, _ lines: Int) -> String {
    "\(file.path): \(Count.text(lines, "line")) can't be read: what was erased by "
      + (lines == 1 ? "it" : "them") + " is not known."
  }
}
