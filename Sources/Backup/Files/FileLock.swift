import Glibc

/// Locks between processes on open files; a lock ends with the last descriptor of the open file.
enum FileLock {
  enum Answer {
    case taken
    /// Another process has it.
    case held
    /// The file system doesn't support locks.
    case unknown
  }

  /// Does not wait.
  static func take(_ descriptor: Int32) -> Answer {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return .held
      default: return .unknown
      }
    }
    return .taken
  }

  /// Creates a file that is locked from the start; nil if the name is taken.
  static func create(_ path: String) throws -> Int32? {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor == -1, errno == EEXIST { return nil }
    try FileFailure.check("write to \(path)") { descriptor }
    // a clean-up that came between took it for one that was left
    guard take(descriptor) != .held, FileStatus(descriptor)?.links ?? 0 > 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// The lock on a file that nobody holds; nil if somebody does, or it can't be determined. Links are not followed.
  static func ofAbandoned(_ path: String) -> Int32? {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    guard FileStatus(descriptor)?.isFile == true, take(descriptor) == .taken else {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}
