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

  /// An archive that somebody named: a link is followed, and what is no file is refused at once.
  init(named path: String) throws {
    self.path = path
    descriptor = try FileFailure.openFile(path)
  }

  deinit {
    close(descriptor)
  }

  /// In bytes.
  func length() throws -> Int {
    guard let status = FileStatus(descriptor) else { throw FileFailure.error("read \(path)", errno) }
    return status.size
  }

  /// The file must be read from here on, not what the system remembers of it.
  func forgetCached() {
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }

  /// Throws ``ArchiveDamage`` where the file does not have that many.
  ///
  /// - Parameter name: the file's, for people.
  func bytes(at place: Int, count: Int, _ name: String = "the archive") throws -> [UInt8] {
    let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      while done < count {
        let part = try FileFailure.check("read \(path)") {
          pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, off_t(place + done))
        }
        if part == 0 { return }
        done += part
      }
    }
    guard bytes.count == count else { throw ArchiveDamage(name, "is cut off") }
    return bytes
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
