import Glibc
import PoseCore

/// An archive that is not yet one: it is written, proven, and then given its name or removed. All calls block.
// Guarded by: its one user makes one call after another.
final class PartialFile: OpenFile, @unchecked Sendable {
  private(set) var path: String
  let descriptor: Int32

  /// - Parameter descriptor: of the file at `path`, locked for as long as this lives.
  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// The folder for what proving it needs; it lies beside it.
  var scratchFolder: String { path + Self.scratchSuffix }

  static let scratchSuffix = ".scratch"

  func synchronize() throws {
    try FileFailure.check("store \(path)") { fsync(descriptor) }
  }

  func append(_ bytes: ArraySlice<UInt8>) throws {
    try bytes.writeAll(to: descriptor, path)
  }

  /// Whether the name was free; nothing is replaced.
  func move(to place: String) throws -> Bool {
    if link(path, place) == 0 {
      unlink(path)
    } else {
      switch errno {
      case EEXIST: return false
      // a file system without links: an empty file keeps the name until it is replaced
      case EPERM, EOPNOTSUPP, ENOSYS: guard try reserve(place) else { return false }
      case let error: throw FileFailure.error("give the archive its name \(place)", error)
      }
      try FileFailure.check("give the archive its name \(place)") { rename(path, place) }
    }
    path = place
    return true
  }

  private func reserve(_ place: String) throws -> Bool {
    let reserved = open(place, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if reserved == -1, errno == EEXIST { return false }
    close(try FileFailure.check("give the archive its name \(place)") { reserved })
    return true
  }

  func discard() {
    unlink(path)
  }
}
