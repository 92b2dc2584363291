import Foundation
import PoseCore

/// A file in BACKUP_DIR that is locked for as long as the process of a run lives.
///
/// A process that was killed can't tell of it. The lock that is free does, at once, where the ``RunStore`` alone would
/// have to wait until the run is silent.
// Guarded by: its one user makes one call after another.
final class RunMark: @unchecked Sendable {
  /// Which run of which process it is.
  struct Content: Codable, Equatable {
    var run: Int
    var host: String
    var pid: Int
    var startedAt: Int64
    /// Once it has its name, proven, but neither judged nor copied.
    var archive: BackupArchive?

    init(_ run: BackupRun) {
      self.run = run.id
      host = run.origin.host
      pid = run.origin.pid
      startedAt = run.origin.startedAt
    }

    var withoutArchive: Content {
      var content = self
      content.archive = nil
      return content
    }
  }

  let content: Content
  private let path: String
  private let descriptor: Int32

  /// Blocks. nil where it can't be made: the run goes on without.
  init?(of run: BackupRun, in folder: BackupFolder) {
    content = Content(run)
    guard let (path, descriptor) = try? folder.create({ "run-\(run.id)-\($0)\(Self.suffix)" }),
      let json = try? JSONEncoder().encode(content)
    else { return nil }
    self.path = path
    self.descriptor = descriptor
    try? Array(json).writeAll(to: descriptor, path)
  }

  /// The mark that a dead process left at `path`, locked; nil where it is not one. Blocks.
  init?(abandoned path: String) {
    guard let descriptor = FileLock.ofAbandoned(path) else { return nil }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard let content = try? JSONDecoder().decode(Content.self, from: Data(bytes.prefix(max(count, 0)))) else {
      // one that was killed before it had written
      if count == 0 { unlink(path) }
      close(descriptor)
      return nil
    }
    self.content = content
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Adds the archive that the run has made. Blocks.
  func note(_ archive: BackupArchive) {
    var content = content
    content.archive = archive
    guard let json = try? JSONEncoder().encode(content) else { return }
    // a longer text over a shorter one: at every moment the file holds one of them, or neither
    _ = json.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    fsync(descriptor)
  }

  /// Blocks.
  func remove() {
    unlink(path)
  }

  static let suffix = ".lock"

  static func isName(_ name: String) -> Bool {
    name.wholeMatch(of: /run-[0-9]+-[0-9a-f]{1,16}\.lock/) != nil
  }
}
