import EmbeddedStorage
import Foundation
import PoseCore
import Synchronization

@testable import Backup

/// A clock that shows what a test sets.
final class TestClock: Sendable {
  private let seconds: Mutex<Int64>

  init(_ seconds: Int64) { self.seconds = Mutex(seconds) }

  var now: Int64 {
    get { seconds.withLock { $0 } }
    set { seconds.withLock { $0 = newValue } }
  }
}

/// Stores, and what makes their backups into a BACKUP_DIR, as one process has them.
struct RunFixture: Sendable {
  var poses: any ArchivablePoses
  var images: any ArchivableImages
  var runs: any RunStore
  var rules: BackupRules
  var host = "alpha"
  let files: BlockingPool
  /// Of a Wednesday, 10:31:40 UTC; every picture of the samples is older.
  let clock: TestClock
  var ping: BackupRunner.Ping?
  var pair: StorePair?
  var pace = RunPace(
    busy: .milliseconds(5), endingPatience: .seconds(2), partingPatience: .seconds(1), endingPause: .milliseconds(5))

  init(_ fixture: BackupFixture, runs: (any RunStore)? = nil) throws {
    try self.init(
      poses: fixture.storage.poses, images: fixture.storage.images, runs: runs ?? fixture.storage.runs,
      folder: fixture.backups, files: fixture.files)
  }

  init(
    poses: any ArchivablePoses, images: any ArchivableImages, runs: any RunStore, folder: String, files: BlockingPool
  ) throws {
    (self.poses, self.images, self.runs, self.files) = (poses, images, runs, files)
    clock = TestClock(Self.start)
    rules = BackupRules(
      folder: folder, schedule: try CronExpression("59 23 * * *"), zone: .gmt, software: "PoseVault test")
  }

  static let start: Int64 = 1_765_362_700
  var runner: BackupRunner {
    var maker = BackupMaker(
      source: BackupSource(poses: poses, images: images, description: "a test"), scratch: EmbeddedScratch(),
      files: files, clock: { [clock] in clock.now })
    maker.patience = ReadPatience(limit: .zero)
    var runner = BackupRunner(
      runs: runs, maker: maker,
      rules: rules, host: host, files: files, clock: { [clock] in clock.now },
      mail: { run, last, _ in
        NewMail(host: nil, content: "run \(run.id): \(run.state.name), before: \(last?.id ?? 0)", dueAt: 1)
      }, ping: ping, pair: pair)
    runner.pace = pace
    return runner
  }

  /// Takes a run from its beginning to its end.
  @discardableResult
  func back(up claim: ScheduleClaim? = nil) async throws -> EndedRun {
    let runner = runner
    guard case .begun(let run) = try await runner.begin(claim) else { throw NotBegun() }
    return await runner.complete(run)
  }

  struct NotBegun: Error {}

  func mails() async throws -> [String] {
    try await runs.unsentMail(limit: 100).map(\.mail.content)
  }
}

extension BackupRun.State {
  var name: String {
    switch self {
    case .running: "running"
    case .proven: "proven"
    case .failed(_, let isRepeated, _): isRepeated ? "abandoned" : "failed"
    }
  }

  var archive: BackupArchive? {
    if case .proven(let archive, _) = self { archive } else { nil }
  }

  var failure: String? {
    if case .failed(let message, _, _) = self { message } else { nil }
  }
}
