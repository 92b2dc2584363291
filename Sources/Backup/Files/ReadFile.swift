import Glibc
import PoseCore

/// A file that is read, piece by piece.
// Guarded by: its one user makes one call after another.
final class ReadFile: OpenFile, @unchecked Sendable {
  let descriptor: Int32
  let path: String
  private(set) var position = 0

  init(_ path: String) throws {
    self.path = path
    descriptor = try FileFailure.check("read \(path)") { open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
  }

  deinit {
    close(descriptor)
  }

  /// Whether there was more to pass on.
  func pass(to partial: PartialFile) throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let count = try FileFailure.check("read \(path)") {
      pread(descriptor, &buffer, buffer.count, off_t(position))
    }
    try partial.append(buffer[..<count])
    position += count
    return count > 0
  }
}
