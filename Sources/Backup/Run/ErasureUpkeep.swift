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
    let former = try await runner.formerFolders()
    for file in (runner.markers.map(\.path) + former).map({ ErasureFile(in: $0) }) {
      do {
        let contents = try await runner.files.run { try file.read() }
        report.learned += try await ledger.record(contents.erasures)
        if contents.damagedLines > 0 { report.faults.append(Self.damage(file, contents.damagedLines)) }
      } catch let error as PoseVaultError where error.code == .fileSystem {
        report.faults.append(error.message)
      }
    }
    // a picture may be another database's then
    var isPaired = true
    if let pair = runner.pair, case .torn(let problem) = try await pair.look() {
      isPaired = false
      report.faults.append("No picture is removed. \(problem)")
    }
    let removed = try await ledger.applyPending(to: isPaired ? images : nil)
    report.removedPoses = removed.poses
    report.removedPictures = removed.pictures
    report.faults += try await write()
    return report
  }

  /// Writes what the files lack, in the folders of the settings and in those where older archives lie; one line for each
  /// that can't be written.
  public func write() async throws -> [String] {
    let all = try await ledger.all()
    // where nothing was ever erased, no folder is made
    guard !all.isEmpty else { return [] }
    var faults: [String] = []
    var folders = try await runner.formerFolders()
    for marker in runner.markers {
      if let problem = try await marker.prepare().problem {
        faults.append(problem)
      } else {
        folders.append(marker.path)
      }
    }
    for folder in folders {
      do {
        try await runner.files.run { try ErasureFile(in: folder).add(all) }
      } catch let error as PoseVaultError where error.code == .fileSystem {
        faults.append(error.message)
      }
    }
    return faults
  }

  /// How a file beside archives stands to the ledger in the pose database.
  public struct Standing: Sendable, Hashable {
    public var path: String
    /// Entries of the database that the file lacks: a restore brings back what these erased.
    public var lacks = 0
    /// Entries that the database does not know, whose pictures and poses may be here.
    public var unknown = 0
    /// What is wrong with the file, as a sentence; nil where nothing is.
    public var fault: String?
  }

  /// Changes nothing.
  public func standings() async throws -> (erasures: Int, pending: Int, files: [Standing]) {
    let all = try await ledger.all()
    let subjects = Set(all.map(\.subject))
    var pending = 0
    var last: Int?
    while case let page = try await ledger.erasures(after: last, limit: 1000, isPending: true), let end = page.last {
      pending += page.count
      last = end.id
    }
    var files: [Standing] = []
    for marker in runner.markers {
      let file = ErasureFile(in: marker.path)
      var standing = Standing(path: file.path)
      do {
        let contents = try await runner.files.run { try file.read() }
        let known = Set(contents.erasures.map(\.subject))
        standing.lacks = subjects.subtracting(known).count
        standing.unknown = known.subtracting(subjects).count
        if contents.damagedLines > 0 { standing.fault = Self.damage(file, contents.damagedLines) }
      } catch let error as PoseVaultError where error.code == .fileSystem {
        standing.fault = error.message
      }
      files.append(standing)
    }
    return (all.count, pending, files)
  }

  static func damage(_ file: ErasureFile, _ lines: Int) -> String {
    "\(file.path): \(Count.text(lines, "line")) can't be read: what was erased by "
      + (lines == 1 ? "it" : "them") + " is not known."
  }
}
