import Glibc
import PoseCore

/// Which packs that no run lists have been read in full, so that runs that are aborted again and again read each only
/// once. All calls block.
struct PackNotes: Sendable {
  private let path: String

  /// - Parameter work: where working files are created.
  init(in work: BackupFolder) {
    path = "\(work.path)/\(Self.fileName)"
  }

  /// Each as it was when it was read. A truncated line, as after a power failure, doesn't count.
  func read() throws -> [ContentDigest: PackRecord] {
    guard access(path, F_OK) == 0 else { return [:] }
    let file = try ReadFile(path)
    let lines = try file.bytes(at: 0, count: try file.length()).split(separator: 0x0A)
    var records: [ContentDigest: PackRecord] = [:]
    for record in lines.lazy.compactMap({ PackRecord(line: $0) }) { records[record.sha256] = record }
    return records
  }

  func add(_ record: PackRecord) throws {
    let descriptor = try FileFailure.check("write to \(path)") {
      open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    }
    defer { close(descriptor) }
    // one that was cut short must not swallow this one
    try ([0x0A] + record.line).writeAll(to: descriptor, path)
    try FileFailure.check("store \(path)") { fsync(descriptor) }
  }

  /// A run lists them all.
  func clear() { unlink(path) }

  static let fileName = "packs-read.jsonl"
}
